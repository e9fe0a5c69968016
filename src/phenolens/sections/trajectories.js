
// The drawer: a drug over time, all doses, on its own scale.
drawer.add(45, "Over time", (name) => {
  const [i] = table ? table.rows(name) : [];
  if (i === undefined) return null;
  const [compound, line] = ["compound", "cell_line"].map((key) => table.column(key)?.at(i));
  const same = all("#trajectories [data-compound]").filter(({ dataset }) =>
    dataset.compound === compound && (!line || !dataset.line || dataset.line === line));
  if (!same.length) return null;
  const made = Object.assign(make("ul"), { className: "charts settable" });
  Object.assign(made.dataset, { shown: "lines", scale: "own" });
  same.forEach((chart) => {
    const copy = chart.cloneNode(true);
    all("[data-own]", copy).forEach((drawn) => drawn.setAttribute("viewBox", drawn.dataset.own));
    made.append(copy);
  });
  return made;
});
