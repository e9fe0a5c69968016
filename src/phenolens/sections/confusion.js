
// Tabs: one confusion matrix at a time.
all("[data-tabs]").forEach((tabs) => {
  const buttons = all("[data-tab]", tabs);
  const figures = all(`[data-panel="${tabs.dataset.tabs}"]`);
  const show = (key) => figures.forEach((figure) => (figure.hidden = figure.dataset.key !== key));
  buttons.forEach((button) =>
    button.addEventListener("click", () => {
      press(buttons, button);
      show(button.dataset.tab);
    }),
  );
  show(buttons[0].dataset.tab);
});
