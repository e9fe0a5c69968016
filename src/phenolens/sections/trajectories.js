
// Trajectories: lines, or grids of dose and time.
(() => {
  const charts = one("#time-charts");
  if (!charts) return;
  const buttons = all("[data-draw]");
  buttons.forEach((button) =>
    button.addEventListener("click", () => {
      charts.dataset.shown = button.dataset.draw;
      press(buttons, button);
    }),
  );
})();
