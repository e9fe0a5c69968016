
// Images: one channel alone, in grey.
(() => {
  const images = one("#examples");
  if (!images) return;
  const buttons = all("[data-channel]");
  buttons.forEach((button) =>
    button.addEventListener("click", () => {
      press(buttons, button);
      images.classList.toggle("separate", button.dataset.channel !== "");
      images.style.setProperty("--only", `url(#only-${button.dataset.channel})`);
    }),
  );
})();
