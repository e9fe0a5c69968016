
// Drawer: what is known of a treatment, its neighbours and scores, its other doses.
(() => {
  if (!table) return;
  const ASIDE = new Set(["treatment", "control", "count", "tile"]);
  const brief = (text, most = 6) => {
    const each = text.split("|");
    return each.length > most ? `${each.slice(0, most).join(", ")} and ${each.length - most} more` : each.join(", ");
  };
  const values = (column, rows) => [...new Set(rows.map((i) => column.at(i)).filter((v) => v !== null))];

  drawer.add(0, "", (name) => {
    const rows = table.rows(name);
    const facts = Object.assign(make("dl"), { className: "facts" });
    table.columns.filter((key) => !ASIDE.has(key)).forEach((key) => {
      const found = values(table.column(key), rows).map(String);
      if (!found.length || found.join("").length > 400) return;
      facts.append(make("dt", key.replaceAll("_", " ")), make("dd", brief([...new Set(found.flatMap((v) => v.split("|")))].join("|"))));
    });
    const count = table.column("count");
    const total = count ? rows.reduce((sum, i) => sum + (Number(count.at(i)) || 0), 0) : 0;
    if (total) facts.append(make("dt", "embeddings"), make("dd", String(total)));
    return facts.children.length ? facts : null;
  });

  drawer.add(20, "Nearest by each score", (name) => {
    const list = Object.assign(make("ul"), { className: "links" });
    const [i] = table.rows(name);
    if (i === undefined) return null;
    Object.values(table.near).forEach((score) => {
      const near = score.at[i] === null ? score.name[i] : table.names[score.at[i]];
      if (score.hit[i] === null && !near) return;
      const item = make("li");
      const hit = score.hit[i];
      item.append(make("small", score.title));
      if (hit !== null) {
        const sign = Object.assign(make("span", hit ? "✓ hit" : "✗ miss"), { className: hit ? "hit" : "miss" });
        item.append(sign);
      }
      item.append(near ? (table.has(near) ? drawer.link(near) : make("span", near)) : make("span", "no candidate"));
      const moa = near && table.has(near) && table.column("moa")?.at(table.rows(near)[0]);
      const distance = score.distance[i];
      item.append(make("small", [moa, distance === null ? "" : `distance ${distance}`].filter(Boolean).join(" · ")));
      list.append(item);
    });
    return list.children.length ? list : null;
  });

  drawer.add(25, "Who has it as the nearest", (name) => {
    const own = new Set(table.rows(name));
    const found = new Set();
    Object.values(table.near).forEach(({ at }) => at.forEach((to, i) => own.has(to) && found.add(table.names[i])));
    if (!found.size) return null;
    const list = Object.assign(make("ul"), { className: "links" });
    [...found].slice(0, 12).forEach((other) => {
      const item = make("li");
      item.append(drawer.link(other));
      list.append(item);
    });
    if (found.size > 12) list.append(make("li", `and ${found.size - 12} more`));
    return list;
  });

  drawer.add(40, "Doses of the same compound", (name) => {
    const [compound, dose, line] = ["compound", "concentration", "cell_line"].map(table.column);
    const [first] = table.rows(name);
    if (!compound || !dose || first === undefined || compound.at(first) === null) return null;
    const same = new Map();
    table.names.forEach((other, i) => {
      const alike = compound.at(i) === compound.at(first) && (!line || line.at(i) === line.at(first));
      if (alike && !same.has(other)) same.set(other, i);
    });
    if (same.size < 2) return null;
    const list = Object.assign(make("ul"), { className: "links doses" });
    [...same].sort((a, b) => dose.at(a[1]) - dose.at(b[1])).forEach(([other, i]) => {
      const item = make("li");
      item.append(other === name ? Object.assign(make("span", other), { className: "now" }) : drawer.link(other));
      Object.values(table.near).forEach(({ title, hit }) => {
        if (hit[i] === null) return;
        item.append(Object.assign(make("small", `${title} ${hit[i] ? "✓" : "✗"}`), { className: hit[i] ? "hit" : "miss" }));
      });
      list.append(item);
    });
    return list;
  });
})();
