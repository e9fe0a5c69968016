
// Map: colours, one category alone, what is under the pointer.
(() => {
  const svg = one(".map");
  if (!svg) return;
  const { shapes, colourings, titles, points } = JSON.parse(one("#points").textContent);
  const marks = all(".point", svg);
  const links = one(".links", svg);
  const tip = one("#tip");
  let by = Object.keys(colourings)[0];
  let single = null;

  const paint = () => {
    const { kinds, codes } = colourings[by];
    marks.forEach((mark, i) => {
      const kind = kinds[codes[i]];
      const path = mark.firstElementChild;
      path.setAttribute("d", shapes[kind.shape]);
      path.style.fill = `var(${kind.colour})`;
      mark.classList.toggle("dim", single !== null && codes[i] !== single);
    });
  };
  const colours = all("[data-colour]");
  const kindButtons = all("[data-kind]");
  colours.forEach((button) =>
    button.addEventListener("click", () => {
      [by, single] = [button.dataset.colour, null];
      press(colours, button);
      press(kindButtons, null);
      all("[data-legend]").forEach((legend) => (legend.hidden = legend.dataset.legend !== by));
      paint();
    }),
  );
  kindButtons.forEach((button) =>
    button.addEventListener("click", () => {
      const kind = Number(button.dataset.kind);
      single = single === kind ? null : kind;
      press(kindButtons, single === null ? null : button);
      paint();
    }),
  );

  const link = (from, to, hit) => {
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    const ends = { x1: [from, "x"], y1: [from, "y"], x2: [to, "x"], y2: [to, "y"] };
    Object.entries(ends).forEach(([name, [mark, key]]) =>
      line.setAttribute(name, mark.getAttribute(key)),
    );
    if (!hit) line.classList.add("miss");
    links.append(line);
  };
  const describe = (i) => {
    const point = points[i];
    const words = make("div");
    words.append(make("strong", point.name));
    Object.values(colourings).forEach(({ kinds, codes }) => {
      words.append(make("p", kinds[codes[i]].name));
    });
    Object.entries(point.near).forEach(([score, near]) => {
      const sign = near.hit === null ? "" : near.hit ? "✓ " : "✗ ";
      const line = make("p", `${titles[score]}: ${near.name}`);
      line.prepend(Object.assign(make("span", sign), { className: near.hit ? "hit" : "miss" }));
      if (near.moa && !near.hit) line.append(` (${near.moa})`);
      words.append(line);
    });
    const picture = point.thumb == null ? null : document.getElementById(`image-${point.thumb}`);
    tip.replaceChildren();
    if (picture) tip.append(Object.assign(new Image(), { src: picture.src, alt: "" }));
    tip.append(words);
  };
  const leave = () => {
    tip.hidden = true;
    links.replaceChildren();
    marks.forEach((mark) => mark.classList.remove("on"));
  };
  const enter = (i) => {
    leave();
    describe(i);
    marks[i].classList.add("on");
    Object.values(points[i].near).forEach(({ at, hit }) => {
      if (at != null) link(marks[i], marks[at], hit);
    });
    tip.hidden = false;
    const place = marks[i].firstElementChild.getBoundingClientRect();
    const left = Math.min(place.right + 12, innerWidth - tip.offsetWidth - 8);
    const below = place.bottom + 12 + tip.offsetHeight < innerHeight;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${below ? place.bottom + 10 : place.top - tip.offsetHeight - 10}px`;
  };
  marks.forEach((mark, i) => {
    mark.addEventListener("pointerenter", () => enter(i));
    mark.addEventListener("pointerleave", leave);
  });
  addEventListener("scroll", leave, { passive: true });
})();
