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

// Buttons that set one word of the figure around them, such as data-set="scale:own".
all("[data-set]").forEach((button) => {
  const figure = button.closest(".settable");
  const [key, value] = button.dataset.set.split(":");
  button.addEventListener("click", () => {
    figure.dataset[key] = value;
    press(all("[data-set]", button.closest(".switch")), button);
    if (key !== "scale") return;
    all("[data-own]", figure).forEach((drawn) =>
      drawn.setAttribute("viewBox", value === "own" ? drawn.dataset.own : "0 0 100 100"),
    );
  });
});

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

// Sort the rows of a table by a column, first in one direction; rows without a value come last.
const sortable = (table, first) => {
  const body = table.tBodies[0];
  const heads = all("thead th", table);
  const second = first === "ascending" ? "descending" : "ascending";
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent.trim().replace("\u2212", "-");
  };
  const compare = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    return a !== "" && b !== "" && !Number.isNaN(x - y) ? x - y : order.compare(a, b);
  };
  heads.forEach((head, column) => {
    const button = one("button", head);
    if (!button) return;
    button.addEventListener("click", () => {
      const way = head.getAttribute("aria-sort") === first ? second : first;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", way);
      const rows = [...body.rows];
      rows.sort((a, b) => {
        const [x, y] = [value(a, column), value(b, column)];
        const [gone, lost] = [x, y].map((text) => text === "" || text === "\u2013");
        return gone || lost ? gone - lost : (way === "ascending" ? 1 : -1) * compare(x, y);
      });
      body.append(...rows);
    });
  });
};
