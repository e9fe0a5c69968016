
// Choice: the points of a lasso or a query, as a list with counts, and as a file.
(() => {
  if (!atlas) return;
  const [form, box, note, found, counts, list] = ["#query-form", "#query", "#query-note", "#choice", "#choice-counts", "#choice-list"].map((id) => one(id));
  const MOST = 300; // names that are listed
  const CORNERS = 200; // of a lasso in the address: the hand draws 80, and all points are asked about each
  const COUNTED = ["moa", "compound", "batch", "plate"]; // the first that is there is
  let rows = null;

  const cornersOf = (text) => text.split("_").map((pair) => pair.split(".").map((n) => Number(n) / 1000));
  const inLasso = (text) => {
    const corners = cornersOf(text);
    const whole = corners.length > 2 && corners.length <= CORNERS && corners.every((p) => p.length === 2 && p.every(Number.isFinite));
    return whole ? atlas.field.inside(corners) : [];
  };
  const tally = (column) => {
    const numbers = new Map();
    rows.forEach((i) => {
      const value = column.at(i) ?? "no value";
      numbers.set(value, (numbers.get(value) ?? 0) + 1);
    });
    return [...numbers].sort((a, b) => b[1] - a[1]);
  };
  const show = () => {
    const names = [...new Set(rows.map((i) => table.names[i]))];
    const every = table.size === new Set(table.names).size;
    note.textContent = `${names.length} treatment${names.length === 1 ? "" : "s"}${every ? "" : `, ${rows.length} profiles`} of ${table.size}`;
    const column = COUNTED.map(table.column).find(Boolean);
    const parts = column ? tally(column) : [];
    counts.replaceChildren(...parts.slice(0, 12).map(([name, number]) => {
      const item = make("li", `${name} `);
      item.append(make("small", String(number)));
      return item;
    }), ...(parts.length > 12 ? [make("li", `and ${parts.length - 12} more`)] : []));
    list.replaceChildren(...names.slice(0, MOST).map((name) => {
      const item = make("li");
      item.append(drawer.link(name));
      return item;
    }), ...(names.length > MOST ? [make("li", `and ${names.length - MOST} more, in the file`)] : []));
  };
  const choose = (lasso, asked) => {
    box.value = asked;
    box.removeAttribute("aria-invalid");
    rows = null;
    note.textContent = "";
    try {
      if (lasso) rows = inLasso(lasso);
      if (asked) {
        const kept = query(asked);
        const inner = rows && new Set(rows);
        rows = inner ? kept.filter((i) => inner.has(i)) : kept;
      }
      if (rows) show();
    } catch (error) {
      note.textContent = `${error.message[0].toUpperCase()}${error.message.slice(1)}.`;
      box.setAttribute("aria-invalid", "true");
      rows = null;
    }
    atlas.only(rows);
    found.hidden = rows === null;
    one("#choice-clear").hidden = !lasso && !asked;
  };
  state.on(["lasso", "query"], () => {
    const [lasso, asked] = [state.get("lasso"), state.get("query")];
    const wanted = [...(lasso || asked ? COUNTED : []), ...query.columns(asked)];
    table.read(wanted, () => lasso === state.get("lasso") && asked === state.get("query") && choose(lasso, asked));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    state.set({ query: box.value.trim(), lasso: "" });
  });
  one("#choice-clear").addEventListener("click", () => state.set({ lasso: "", query: "" }));
  one("#choice-save").addEventListener("click", () => phenolens.need(table.facts, () => {
    const columns = table.columns.map(table.column);
    const scores = Object.values(table.near);
    const heads = ["treatment", ...table.columns.filter((name) => name !== "treatment")];
    const kept = columns.filter(({ name }) => name !== "treatment");
    const lines = rows.map((i) => [
      table.names[i], ...kept.map((column) => column.at(i)),
      ...scores.flatMap(({ at, name, hit }) => [at[i] === null ? name[i] : table.names[at[i]], hit[i] === null ? "" : Number(hit[i])]),
    ]);
    const more = scores.flatMap(({ title }) => [`${title} nearest`, `${title} hit`]);
    saveFile("selection.csv", csvOf([[...heads, ...more], ...lines]), "text/csv");
  }));
})();
