
// Map: its colours, what is under the pointer, the chosen treatment; `atlas` is what others use of it.
const atlas = (() => {
  const stage = one("#stage");
  if (!stage || !table) return null;
  const { shapes, colourings, low, high, values } = phenolens.whole("points");
  Object.values(colourings).forEach((each) => { each.codes = unpack(each.codes); });
  const [x, y] = values.map((packed, k) => Float32Array.from(unpack(packed), (code) => low[k] + (code / 65534) * (high[k] - low[k])));
  const field = makeField(stage, x, y);
  const drawn = one(".map", stage);
  const view = drawn.tagName === "CANVAS" ? makeCanvas(drawn, field, shapes) : makeMarks(drawn, field, shapes);
  const [links, rings] = [one(".links", stage), one(".rings", stage)];
  const tip = one("#tip");
  const first = Object.keys(colourings)[0];
  const anyLegend = one("[data-legend='']");
  let colouring = colourings[first];
  let single = null; // one category alone
  let chosen = null; // rows of a lasso or a query
  let here = -1;

  const isDim = (i) => (single !== null && colouring.codes[i] !== single) || (chosen !== null && !chosen.has(i));
  const paint = () => view.paint(colouring.kinds, colouring.codes, isDim);

  const SVG = "http://www.w3.org/2000/svg";
  const shape = (name, attributes, kind) => {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    if (kind) made.setAttribute("class", kind);
    return made;
  };
  const percent = (share) => `${(100 * share).toFixed(2)}%`;
  const ring = (i, kind) => {
    const [cx, cy] = field.place(i).map(percent);
    return shape("circle", { cx, cy, r: 10 }, kind);
  };
  const near = (i) =>
    Object.values(table.near).filter(({ at }) => at[i] !== null).map(({ at, hit }) => [at[i], hit[i]]);
  const outline = () => {
    const named = table.rows(state.get("treatment"));
    rings.replaceChildren(...named.map((i) => ring(i, "chosen-ring")), ...(here < 0 ? [] : [ring(here, "ring")]));
    const from = here < 0 ? named.slice(0, 1) : [here];
    links.replaceChildren(...from.flatMap((i) => near(i).map(([to, hit]) => {
      const [[x1, y1], [x2, y2]] = [field.place(i).map(percent), field.place(to).map(percent)];
      return shape("line", { x1, y1, x2, y2 }, hit ? "" : "miss");
    })));
  };

  const marked = (kind) => {
    const mark = shape("svg", { viewBox: "-7 -7 14 14", "aria-hidden": "true" }, "mark");
    const path = shape("path", { d: shapes[kind.shape] });
    path.style.fill = cssColour(kind);
    mark.append(path);
    return mark;
  };
  const legend = () => { // of a column that has no legend of its own
    const { kinds, ramp, missing } = colouring;
    const kept = ramp ? [0, 6, 12, 17, 23, ...(missing ? [24] : [])] : [...kinds.keys()];
    anyLegend.replaceChildren(...kept.map((k) => {
      const item = make("li");
      const row = ramp ? make("span") : Object.assign(make("button"), { type: "button" });
      row.className = "legend-row";
      if (!ramp) Object.assign(row.dataset, { kind: k });
      row.append(marked(kinds[k]), make("span", kinds[k].name));
      if (ramp && k === 0) row.lastChild.prepend("\u2264 ");
      if (ramp && k === 23) row.lastChild.prepend("\u2265 ");
      if (kinds[k].count) row.append(make("small", String(kinds[k].count)));
      item.append(row);
      return item;
    }));
  };
  const colours = all("[data-colour]");
  const any = one("#colour-any");
  const recolour = (wanted) => {
    const own = Object.hasOwn(colourings, wanted) ? wanted : "";
    const made = own || !wanted ? null : colouringOf(wanted);
    [colouring, single] = [made ?? colourings[own || first], null];
    press(colours, made ? null : colours.find((b) => b.dataset.colour === (own || first)));
    if (any) any.value = made ? wanted : "";
    if (made) legend();
    const key = made ? "" : own || first;
    all("[data-legend]").forEach((each) => (each.hidden = each.dataset.legend !== key));
    press(all("[data-kind]"), null);
    paint();
  };
  state.on(["colour"], () => {
    const wanted = state.get("colour");
    table.read(Object.hasOwn(colourings, wanted) ? [] : [wanted], () => state.get("colour") === wanted && recolour(wanted));
  });
  colours.forEach((button) => button.addEventListener("click", () =>
    state.set({ colour: button.dataset.colour === first ? "" : button.dataset.colour })));
  if (any) any.addEventListener("change", () => {
    const known = !any.value || table.column(any.value);
    any.setCustomValidity(known ? "" : "no column or feature has this name");
    if (known) state.set({ colour: any.value });
    else any.reportValidity();
  });
  one(".legends").addEventListener("click", (event) => {
    const button = event.target.closest("[data-kind]");
    if (!button) return;
    const kind = Number(button.dataset.kind);
    single = single === kind ? null : kind;
    press(all("[data-kind]"), single === null ? null : button);
    paint();
  });

  const describe = (i) => {
    const words = make("div");
    words.append(make("strong", table.names[i]));
    const kinds = new Set([...Object.values(colourings), colouring].map((one_) => one_.kinds[one_.codes[i]].name));
    kinds.forEach((name) => words.append(make("p", name)));
    Object.values(table.near).forEach(({ title, at, name, hit }) => {
      const other = at[i] === null ? name[i] : table.names[at[i]];
      if (!other) return;
      const line = make("p", `${title}: ${other}`);
      line.prepend(Object.assign(make("span", hit[i] === null ? "" : hit[i] ? "✓ " : "✗ "), { className: hit[i] ? "hit" : "miss" }));
      words.append(line);
    });
    const picture = table.thumbs[i] === undefined ? null : gallery.source(table.thumbs[i]);
    tip.replaceChildren();
    if (picture) tip.append(Object.assign(new Image(), { src: picture, alt: "" }));
    tip.append(words);
    tip.hidden = false;
    const box = stage.getBoundingClientRect();
    const [px, py] = field.place(i);
    const [left, top] = [box.left + px * box.width, box.top + py * box.height];
    tip.style.left = `${Math.max(8, Math.min(left + 14, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${top + 14 + tip.offsetHeight < innerHeight ? top + 14 : top - tip.offsetHeight - 14}px`;
  };
  const point = (i) => {
    if (i === here) return;
    here = i;
    if (i < 0) {
      tip.hidden = true;
      return outline();
    }
    const thumb = table.thumbs[i];
    return phenolens.need([...table.nearParts, ...(thumb === undefined ? [] : gallery.parts([thumb]))], () => {
      if (here !== i) return; // the hand has moved on
      describe(i);
      outline();
    });
  };
  const moved = () => {
    view.move();
    tip.hidden = true;
    here = -1;
    outline();
  };
  state.on(["treatment"], () => phenolens.need(state.get("treatment") ? table.nearParts : [], outline));
  addEventListener("scroll", () => { // keys also scroll the page to the map, and go on from here
    if (here >= 0 && document.activeElement === stage) describe(here);
    else point(-1);
  }, { passive: true });
  return {
    stage, field, view, point, moved,
    here: () => here,
    only: (rows) => {
      chosen = rows && new Set(rows);
      paint();
    },
  };
})();
