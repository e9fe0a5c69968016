
// Small pictures reuse the gallery's, so that each is stored once.
phenolens.seen(all("[data-thumb]"), (place) => {
  const number = Number(place.dataset.thumb);
  phenolens.need(gallery.parts([number]), () => {
    const source = gallery.source(number);
    if (source) place.append(Object.assign(new Image(), { src: source, alt: "" }));
  });
});

// Table: sort by a column, filter the rows.
(() => {
  const table = one("#table");
  if (!table) return;
  const body = table.tBodies[0];
  sortable(table, "ascending");
  const [search, misses, showing] = ["#filter", "#misses", "#showing"].map((id) => one(id));
  const filter = () => {
    const wanted = search.value.trim().toLowerCase();
    const rows = [...body.rows];
    rows.forEach((row) => {
      const named = row.textContent.toLowerCase().includes(wanted);
      row.hidden = !named || Boolean(misses && misses.checked && !one("span.miss", row));
    });
    const left = rows.filter((row) => !row.hidden).length;
    showing.textContent = left === rows.length ? `${left.toLocaleString("en")} treatment${left === 1 ? "" : "s"}` : `${left} of ${rows.length}`;
  };
  search.addEventListener("input", filter);
  if (misses) misses.addEventListener("change", filter);
})();
