
// The drawer: where the transformer looks in images of a treatment.
drawer.add(55, "Attention", (name) => {
  const rows = table ? table.rows(name).slice(0, 1) : [];
  const list = Object.assign(make("ul"), { className: "attention-maps" });
  all(".attention-maps li[data-call]").forEach((item) => {
    const column = table?.column(item.dataset.called);
    if (rows.some((i) => column?.at(i) === item.dataset.call)) list.append(item.cloneNode(true));
  });
  return list.children.length ? list : null;
});
