
// Plates: wells in their places, coloured by one measure; a well opens its treatment. Returns what
// the drawer has of a treatment.
const startPlates = (wells) => {
  const codes = wells.values.map(unpack);
  const PAGE = 24; // plates that are drawn at once
  const [choice, list, note, keys, pages] = ["#measure", "#plate-list", "#well-note", "#plate-keys", "#plate-pages"].map((id) => one(id));
  const byPlate = wells.plates.map(() => []);
  wells.plate.forEach((plate, i) => byPlate[plate].push(i));
  let [measure, scale, page] = [0, "same", 0];

  const letters = (row) => (row < 26 ? "" : "A") + String.fromCharCode(65 + (row % 26));
  const wellName = (i) => `${letters(wells.row[i])}${String(wells.column[i] + 1).padStart(2, "0")}`;
  const treatment = (i) => wells.treatments[wells.treatment[i]];
  const value = (i) => {
    const code = codes[measure][i];
    return code === 65535 ? null : wells.low[measure] + (code / 65534) * (wells.high[measure] - wells.low[measure]);
  };
  const short = (number) => Number(number.toPrecision(3)).toString().replace("-", "\u2212");
  // From the 1st to the 99th percentile, so that one well does not make all others pale.
  const rangeOf = (rows) => {
    const known = rows.map(value).filter((v) => v !== null).sort((a, b) => a - b);
    const at = (share) => known[Math.round(share * (known.length - 1))];
    return known.length ? [at(0.01), at(0.99)] : [0, 0];
  };
  const every = [...wells.plate.keys()];

  const SVG = "http://www.w3.org/2000/svg";
  const shape = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value_]) => made.setAttribute(key, value_));
    return made;
  };
  // One plate as a figure; `on` says which wells are marked.
  const draw = (plate, on) => {
    const rows = byPlate[plate];
    const [low, high] = rangeOf(scale === "own" ? rows : every);
    const svg = shape("svg", {
      class: "plate", viewBox: `-0.9 -0.9 ${wells.columns + 1} ${wells.rows + 1}`, tabindex: "0", role: "group", "data-keys": "",
      "aria-label": `Plate ${wells.plates[plate]}, ${rows.length} well${rows.length === 1 ? "" : "s"}, ${wells.measures[measure]}. Arrow keys go from well to well, Enter opens the treatment.`,
    });
    const every_ = Math.ceil(wells.rows / 8);
    for (let r = 0; r < wells.rows; r += every_) {
      const text = shape("text", { x: -0.5, y: r + 0.7, "text-anchor": "middle", style: `font-size:${0.55 * every_}px` });
      text.textContent = letters(r);
      svg.append(text);
    }
    for (let c = 0; c < wells.columns; c += every_) {
      const text = shape("text", { x: c + 0.45, y: -0.25, "text-anchor": "middle", style: `font-size:${0.55 * every_}px` });
      text.textContent = c + 1;
      svg.append(text);
    }
    rows.forEach((i) => {
      const known = value(i);
      const share = known === null || high <= low ? 0 : Math.min(1, Math.max(0, (known - low) / (high - low)));
      const kinds = [known === null ? "none" : "", wells.control[i] ? "c" : "", on(i) ? "on" : ""].filter(Boolean);
      const rect = shape("rect", {
        x: wells.column[i], y: wells.row[i], width: 0.9, height: 0.9, rx: 0.12, "data-well": i,
        style: `--s:${Math.round(100 * share)}%`, ...(kinds.length ? { class: kinds.join(" ") } : {}),
      });
      svg.append(rect);
    });
    const figure = make("figure");
    figure.append(make("figcaption", wells.plates[plate]), svg);
    return figure;
  };
  const legend = () => {
    const [low, high] = rangeOf(every);
    const flat = scale === "own" || high <= low;
    keys.replaceChildren(...[0, 25, 50, 75, 100].flatMap((share, k) => {
      const swatch = Object.assign(make("i"), { className: "swatch hot" });
      swatch.style.setProperty("--same", `${share}%`);
      const words = flat ? "" : `${k === 0 ? "≤ " : k === 4 ? "≥ " : ""}${short(low + ((high - low) * share) / 100)}`;
      return words ? [swatch, make("span", words)] : [swatch];
    }), ...(flat ? [make("span", scale === "own" ? "least to most of each plate" : `all ${short(low)}`)] : []));
  };
  const show = () => {
    const wanted = state.get("treatment");
    const on = (i) => wanted !== "" && treatment(i) === wanted;
    const shown = byPlate.map((_, plate) => plate).slice(page * PAGE, (page + 1) * PAGE);
    list.replaceChildren(...shown.map((plate) => {
      const item = make("li");
      item.append(draw(plate, on));
      return item;
    }));
    pages.hidden = byPlate.length <= PAGE;
    one("span", pages).textContent = `${page * PAGE + 1} to ${Math.min(byPlate.length, (page + 1) * PAGE)} of ${byPlate.length}`;
    legend();
  };
  const mark = () => {
    const wanted = state.get("treatment");
    all("rect[data-well]", list).forEach((rect) =>
      rect.classList.toggle("on", wanted !== "" && treatment(Number(rect.dataset.well)) === wanted));
  };
  const describe = (i) => {
    const known = value(i);
    note.textContent = `${wells.plates[wells.plate[i]]} ${wellName(i)} · ${treatment(i) || "no treatment"} · ${wells.measures[measure]} ${known === null ? "unknown" : short(known)}`;
  };
  const wellOf = (target) => target.closest?.("rect[data-well]");
  const open = (i) => treatment(i) && state.set({ treatment: treatment(i) });
  const listen = (root) => {
    root.addEventListener("pointerover", (event) => {
      const rect = wellOf(event.target);
      if (rect) describe(Number(rect.dataset.well));
    });
    root.addEventListener("click", (event) => {
      const rect = wellOf(event.target);
      if (rect) open(Number(rect.dataset.well));
    });
    root.addEventListener("keydown", (event) => {
      const svg = event.target.closest(".plate");
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!svg || (!way && event.key !== "Enter")) return;
      const rects = all("rect", svg);
      const at = rects.find((rect) => rect.classList.contains("at"));
      if (event.key === "Enter") { if (at) open(Number(at.dataset.well)); return; }
      event.preventDefault();
      const from = at && Number(at.dataset.well);
      const far = (rect) => {
        const i = Number(rect.dataset.well);
        const [x, y] = [wells.column[i] - wells.column[from], wells.row[i] - wells.row[from]];
        const ahead = x * way[0] + y * way[1];
        return ahead > 0 ? ahead + 3 * Math.abs(x * way[1] - y * way[0]) : Infinity;
      };
      const next = at ? rects.reduce((best, rect) => (far(rect) < far(best) ? rect : best), at) : rects[0];
      if (at) at.classList.remove("at");
      next.classList.add("at");
      describe(Number(next.dataset.well));
    });
  };
  listen(list);
  const buttons = all("[data-plate-scale]");
  buttons.forEach((button) => button.addEventListener("click", () => {
    scale = button.dataset.plateScale;
    press(buttons, button);
    show();
  }));
  all("[data-page]", pages).forEach((button) => button.addEventListener("click", () => {
    const last = Math.ceil(byPlate.length / PAGE) - 1;
    page = Math.min(last, Math.max(0, page + Number(button.dataset.page)));
    show();
  }));
  choice.addEventListener("change", () => state.set({ measure: choice.selectedIndex ? choice.value : "" }));
  state.on(["measure"], () => {
    measure = Math.max(0, wells.measures.indexOf(state.get("measure")));
    choice.selectedIndex = measure;
    show();
  });
  state.on(["treatment"], mark);
  return (name) => {
    const on = (i) => treatment(i) === name;
    const there = byPlate.map((_, plate) => plate).filter((plate) => byPlate[plate].some(on));
    if (!there.length) return null;
    const made = Object.assign(make("div"), { className: "plates" });
    made.append(make("p", wells.measures[measure]));
    there.slice(0, 8).forEach((plate) => {
      const figure = draw(plate, on);
      const names = byPlate[plate].filter(on).map(wellName);
      one("figcaption", figure).append(`: ${names.slice(0, 8).join(", ")}${names.length > 8 ? ` and ${names.length - 8} more` : ""}`);
      made.append(figure);
    });
    if (there.length > 8) made.append(make("p", `and ${there.length - 8} more plates`));
    listen(made);
    return made;
  };
};
(() => {
  const section = one("#plates");
  if (!one("#plate-list")) return;
  const parts = one("#wells") ? [] : ["wells"];
  let ofTreatment = null;
  const begin = () => { ofTreatment ??= startPlates(phenolens.whole("wells")); };
  drawer.add(30, "Wells", (name) => {
    begin();
    return ofTreatment(name);
  }, () => parts);
  phenolens.seen([section], () => phenolens.need(parts, begin));
})();
