
// The drawer: what the calls about a treatment need.
drawer.add(50, "What the call needs", (name) => {
  const rows = table ? table.rows(name).slice(0, 1) : [];
  const made = make("div");
  all("#knock_outs tr[data-call]").forEach((row) => {
    const column = table?.column(row.dataset.called);
    if (!rows.some((i) => column?.at(i) === row.dataset.call)) return;
    const copy = row.closest("table").cloneNode(false);
    const [head, body] = [row.closest("table").tHead.cloneNode(true), make("tbody")];
    body.append(row.cloneNode(true));
    copy.append(head, body);
    const wide = Object.assign(make("div"), { className: "wide" });
    wide.append(copy);
    made.append(wide);
  });
  return made.children.length ? made : null;
});
