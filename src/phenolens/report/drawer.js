
// Drawer: all that the page has about one treatment. Sections add their parts to it.
const drawer = (() => {
  const root = one("#drawer");
  if (!root) return { add() {}, link: (name) => make("span", name) };
  const parts = [];
  const place = one("#drawer-parts");
  let back = null; // what had the focus before the drawer was opened
  let shown = "";

  // A link to a treatment: its address can be copied; a click keeps the rest of the state.
  const link = (name, words = name) => {
    const made = Object.assign(make("a", words), { className: "to", href: state.link(name) });
    made.dataset.treatment = name;
    return made;
  };
  // The order of the table as it is sorted and filtered, else of the profiles.
  const order = () => {
    const rows = all("#table tbody tr[data-treatment]").filter((row) => !row.hidden);
    const names = rows.map((row) => row.dataset.treatment);
    return names.length ? names : [...new Set(table.names)];
  };
  const step = (by) => {
    const names = order();
    const at = names.indexOf(shown);
    state.set({ treatment: names[(at + by + names.length) % names.length] });
  };
  const close = () => {
    state.set({ treatment: "" });
    if (back && back.isConnected) back.focus({ preventScroll: true });
  };
  const fill = (name) => { // and return whether anything is known of the treatment
    place.replaceChildren();
    parts.sort((a, b) => a.order - b.order).forEach(({ title, build }) => {
      const made = build(name);
      if (!made) return;
      if (title) place.append(make("h3", title));
      place.append(made);
    });
    one("#drawer-name").textContent = name;
    root.scrollTop = 0;
    return place.children.length > 0;
  };
  const mark = () => all("[data-treatment]").forEach((each) => {
    const chosen = each.dataset.treatment === shown && !root.contains(each);
    each.classList.toggle("chosen", chosen && each.tagName !== "A");
    if (chosen) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
    if (chosen && each.tagName === "TR" && each.closest("#table")) {
      const box = each.closest(".wide"); // the table scrolls, the page does not
      box.scrollTop = each.offsetTop - box.clientHeight / 2;
    }
  });
  const become = (name) => {
    shown = name;
    root.hidden = !shown;
    document.body.classList.toggle("with-drawer", Boolean(shown));
    mark();
    if (shown && !root.contains(document.activeElement)) root.focus({ preventScroll: true });
  };
  const show = () => {
    const wanted = state.get("treatment");
    if (wanted && !shown) back = document.activeElement;
    if (!wanted) return become("");
    const needed = [...table.facts, ...parts.flatMap(({ needs }) => needs(wanted))];
    const still = (act) => () => state.get("treatment") === wanted && act();
    const words = (text) => {
      one("#drawer-name").textContent = wanted;
      place.replaceChildren(make("p", text));
      become(wanted);
    };
    if (!phenolens.has(needed) && table.has(wanted)) words("Reading \u2026");
    return phenolens.need(needed, still(() => become(fill(wanted) ? wanted : "")), (error) => still(() => words(error.message))());
  };
  one("#drawer-before").addEventListener("click", () => step(-1));
  one("#drawer-after").addEventListener("click", () => step(1));
  one("#drawer-close").addEventListener("click", close);
  addEventListener("keydown", (event) => {
    if (!shown || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") close();
    const typing = event.target.closest?.("input, select, textarea, [data-keys]");
    if (!root.contains(event.target) || typing) return;
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  addEventListener("click", (event) => {
    const named = event.target.closest("[data-treatment]");
    const other = event.target.closest("a, button, summary, input, select");
    if (!named || event.ctrlKey || event.metaKey) return;
    if (other && other !== named && named.contains(other) && !other.matches("a.to")) return;
    if (getSelection().toString()) return; // text was marked, nothing was clicked
    event.preventDefault();
    state.set({ treatment: named.dataset.treatment });
  });
  addEventListener("DOMContentLoaded", () => state.on(["treatment"], show));
  return {
    // `build` gets a treatment's name and returns an element, or null where it has nothing; `needs`
    // returns the parts that it needs besides the columns and neighbours of the table.
    add: (order, title, build, needs = () => []) => parts.push({ order, title, build, needs }),
    link,
  };
})();
