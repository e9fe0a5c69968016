
// Recipe: copy.
(() => {
  const button = one("#copy");
  if (!button) return;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(one("#toml").textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(one("#toml"));
      button.textContent = "Selected";
    }
  });
})();
