
// State: what is selected and how it is coloured, kept in the address: #treatment=...&colour=...
// A link to a state works from disk, and the back button goes to the state before.
const state = (() => {
  const listeners = [];
  const read = () => Object.fromEntries(
    new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B")),
  );
  const isState = () => location.hash.includes("=");
  let now = isState() ? read() : {};

  const become = (next) => {
    const keys = new Set([...Object.keys(now), ...Object.keys(next)]);
    const changed = new Set([...keys].filter((key) => (now[key] ?? "") !== (next[key] ?? "")));
    now = next;
    if (changed.size) listeners.forEach((listen) => listen(changed));
    return changed.size > 0;
  };
  const address = (values) => {
    const kept = Object.entries(values).filter(([, value]) => value);
    const parts = kept.map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    return parts.length ? `#${parts.join("&")}` : location.pathname + location.search;
  };
  // An anchor such as #map is a place on the page and leaves the state as it is.
  addEventListener("popstate", () => {
    if (isState() || location.hash === "") become(isState() ? read() : {});
  });
  return {
    get: (key) => now[key] ?? "",
    set(changes) {
      const next = { ...now, ...changes };
      Object.keys(next).forEach((key) => next[key] || delete next[key]);
      if (become(next)) history.pushState(null, "", address(next));
    },
    // Call `act` now and whenever one of the keys changes.
    on(keys, act) {
      listeners.push((changed) => keys.some((key) => changed.has(key)) && act());
      act();
    },
    link: (treatment) => address({ ...now, treatment }),
  };
})();
one("#theme").addEventListener("click", () => {
  if (state.get("theme")) state.set({ theme: document.documentElement.dataset.theme });
});
