
// Small pictures reuse the gallery's, so that each is stored once.
all("[data-thumb]").forEach((place) => {
  const source = document.getElementById(`image-${place.dataset.thumb}`);
  if (source) place.append(Object.assign(new Image(), { src: source.src, alt: "" }));
});

// Table: sort by a column, filter the rows.
(() => {
  const table = one("#table");
  if (!table) return;
  const body = table.tBodies[0];
  const heads = all("thead th", table);
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent.trim();
  };
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const compare = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    return a !== "" && b !== "" && !Number.isNaN(x - y) ? x - y : order.compare(a, b);
  };
  heads.forEach((head, column) => {
    const button = one("button", head);
    if (!button) return;
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows];
      rows.sort((a, b) => (down ? -1 : 1) * compare(value(a, column), value(b, column)));
      body.append(...rows);
    });
  });
  const [search, misses, showing] = ["#filter", "#misses", "#showing"].map((id) => one(id));
  const filter = () => {
    const wanted = search.value.trim().toLowerCase();
    const rows = [...body.rows];
    rows.forEach((row) => {
      const named = row.textContent.toLowerCase().includes(wanted);
      row.hidden = !named || Boolean(misses && misses.checked && !one("span.miss", row));
    });
    const left = rows.filter((row) => !row.hidden).length;
    showing.textContent = left === rows.length ? `${left} treatments` : `${left} of ${rows.length}`;
  };
  search.addEventListener("input", filter);
  if (misses) misses.addEventListener("change", filter);
})();
