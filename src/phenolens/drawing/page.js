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
