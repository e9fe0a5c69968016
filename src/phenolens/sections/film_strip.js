
// Film strips: one drug at a time; and in the drawer those of a treatment.
(() => {
  const choice = one("#film-choice");
  if (!choice) return;
  const films = all("[data-film]");
  choice.addEventListener("change", () =>
    films.forEach((film) => { film.hidden = film.dataset.film !== choice.value; }),
  );
  drawer.add(46, "Frames", (name) => {
    const own = films.filter((film) => film.dataset.treatment === name);
    if (!own.length) return null;
    const made = make("div");
    own.forEach((film) => {
      const copy = film.cloneNode(true);
      [copy, ...all("[id], [data-film]", copy)].forEach((each) => ["id", "data-film", "hidden"].forEach((key) => each.removeAttribute(key)));
      made.append(copy);
    });
    return made;
  });
})();
