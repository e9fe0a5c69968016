
// Score: one choice for every figure of the page.
(() => {
  const buttons = all("[data-show]");
  if (!buttons.length) return;
  document.documentElement.classList.add("switched");
  const show = (score) => {
    all(".of-score").forEach((figure) => {
      const others = all(".of-score", figure.parentElement);
      const there = others.some((other) => other.dataset.score === score);
      figure.hidden = there ? figure.dataset.score !== score : figure !== others[0];
    });
    buttons.forEach((button) =>
      button.setAttribute("aria-pressed", String(button.dataset.show === score)));
  };
  buttons.forEach((button) =>
    button.addEventListener("click", () => {
      const before = button.getBoundingClientRect().top;
      show(button.dataset.show);
      scrollBy({ top: button.getBoundingClientRect().top - before, behavior: "instant" });
    }),
  );
  show(buttons[0].dataset.show);
})();

// Matrix: the figures of the square that is pointed at, or reached by the arrow keys.
all("svg.matrix").forEach((matrix) => {
  const squares = new Map(all("g", matrix).map((g) => [`${g.dataset.r} ${g.dataset.c}`, g]));
  const names = all("text.name title", matrix).map((title) => title.textContent);
  const readout = one(".readout", matrix.closest("figure"));
  let at = null;
  const go = (square) => {
    if (!square) return;
    if (at) at.classList.remove("at");
    at = square;
    at.classList.add("at");
    const title = one("title", at);
    if (!at.dataset.named) {
      title.textContent = `${names[at.dataset.r]} less ${names[at.dataset.c]}: ${title.textContent}`;
      at.dataset.named = "yes";
    }
    readout.textContent = title.textContent;
    readout.classList.add("on");
  };
  matrix.addEventListener("pointerover", (event) => go(event.target.closest("g")));
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  matrix.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    if (!at) return go(squares.values().next().value);
    const [r, c] = [Number(at.dataset.r) + step[0], Number(at.dataset.c) + step[1]];
    // The diagonal has no square: step over it.
    go(squares.get(`${r} ${c}`) ?? squares.get(`${r + step[0]} ${c + step[1]}`));
  });
});

// Maps: show one kind alone.
(() => {
  const buttons = all(".kinds [data-kind]");
  let alone = null;
  buttons.forEach((button) =>
    button.addEventListener("click", () => {
      alone = alone === button ? null : button;
      press(buttons, alone);
      all(".small-map path").forEach((path) =>
        path.classList.toggle("dim", Boolean(alone) && path.dataset.kind !== alone.dataset.kind));
    }),
  );
})();

// Tables: sort by a column.
all("table.sortable").forEach((table) => sortable(table, "descending"));
