
// Images: one channel alone, in grey.
(() => {
  const buttons = all("[data-channel]");
  buttons.forEach((button) =>
    button.addEventListener("click", () => {
      press(buttons, button);
      const images = one("#examples");
      images.classList.toggle("separate", button.dataset.channel !== "");
      images.style.setProperty("--only", `url(#only-${button.dataset.channel})`);
    }),
  );
})();
