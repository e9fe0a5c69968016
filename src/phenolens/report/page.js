"use strict";
// The page reads without this script; it adds switching, pointing, sorting and the theme toggle.
const all = (query, within = document) => [...within.querySelectorAll(query)];
const one = (query, within = document) => within.querySelector(query);
const make = (name, text = "") => Object.assign(document.createElement(name), { textContent: text });
const press = (buttons, chosen) =>
  buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === chosen)));

// Theme: the reader's setting, the toggle, or #theme=dark in the address.
(() => {
  const root = document.documentElement;
  const asked = /theme=(light|dark)/.exec(location.hash + location.search);
  if (asked) root.dataset.theme = asked[1];
  one("#theme").addEventListener("click", () => {
    const dark = getComputedStyle(root).colorScheme === "dark";
    root.dataset.theme = dark ? "light" : "dark";
  });
})();

// Contents: mark the section in view.
(() => {
  const links = new Map(all(".contents a").map((a) => [a.hash.slice(1), a]));
  const sections = [...links.keys()].map((id) => document.getElementById(id));
  const mark = () => {
    const line = innerHeight * 0.3;
    const last = sections.filter((s) => s.getBoundingClientRect().top < line).pop();
    links.forEach((a, id) => a.classList.toggle("here", Boolean(last) && last.id === id));
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
})();

// Small pictures reuse the gallery's, so that each is stored once.
all("[data-thumb]").forEach((place) => {
  const source = document.getElementById(`image-${place.dataset.thumb}`);
  if (source) place.append(Object.assign(new Image(), { src: source.src, alt: "" }));
});

// Images: one channel alone, in grey.
(() => {
  const buttons = all("[data-channel]");
  buttons.forEach((button) =>
    button.addEventListener("click", () => {
      press(buttons, button);
      const images = one("#examples");
      images.classList.toggle("separate", button.dataset.channel !== "");
      images.style.setProperty("--only", `url(#only-${button.dataset.channel})`);
    }),
  );
})();

// Map: colour, single out, point.
(() => {
  const svg = one(".map");
  if (!svg) return;
  const { shapes, colourings, points } = JSON.parse(one("#points").textContent);
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
      const line = make("p", `${score.toUpperCase()}: ${near.name}`);
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

// Tabs: one confusion matrix at a time.
all("[data-tabs]").forEach((tabs) => {
  const buttons = all("[data-tab]", tabs);
  const figures = all(`[data-panel="${tabs.dataset.tabs}"]`);
  const show = (key) => figures.forEach((figure) => (figure.hidden = figure.dataset.key !== key));
  buttons.forEach((button) =>
    button.addEventListener("click", () => {
      press(buttons, button);
      show(button.dataset.tab);
    }),
  );
  show(buttons[0].dataset.tab);
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

// Recipe: copy.
(() => {
  const button = one("#copy");
  if (!button) return;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(one("#toml").textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(one("#toml"));
      button.textContent = "Selected";
    }
  });
})();
