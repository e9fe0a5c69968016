
// Film strips: one drug at a time.
(() => {
  const choice = one("#film-choice");
  if (!choice) return;
  const films = all("[data-film]");
  choice.addEventListener("change", () =>
    films.forEach((film) => { film.hidden = film.dataset.film !== choice.value; }),
  );
})();
