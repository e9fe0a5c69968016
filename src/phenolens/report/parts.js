"use strict";

// Parts: what a large page reads when it is needed; all others hold everything themselves. A page
// opened from disk cannot fetch a file, but a script element can name one: it calls phenolens.part.
const phenolens = (() => {
  const folder = "folder" in document.currentScript.dataset;
  const held = new Map();
  const asked = new Map();
  let waiting = 0;
  const busy = (more) => {
    waiting += more;
    document.querySelector("#main").toggleAttribute("data-reading", waiting > 0);
  };
  const read = (name) => {
    if (!asked.has(name)) asked.set(name, new Promise((done, failed) => {
      const script = Object.assign(document.createElement("script"), { src: `parts/${name}.js` });
      const end = () => {
        script.remove();
        busy(-1);
        if (held.has(name)) return done();
        asked.delete(name); // to be tried again
        return failed(new Error(`parts/${name}.js could not be read. Keep the folder of this page whole.`));
      };
      script.addEventListener("load", end);
      script.addEventListener("error", end);
      busy(1);
      document.head.append(script);
    }));
    return asked.get(name);
  };
  const tell = (error) => {
    const place = document.querySelector("#unread");
    place.textContent = error.message;
    place.hidden = false;
  };
  return {
    folder,
    part: (name, value) => { held.set(name, value); },
    get: (name) => held.get(name),
    // Return a part that is not asked for again.
    take(name) {
      const value = held.get(name);
      held.set(name, null);
      return value;
    },
    // A part, or what the page itself holds under that id.
    whole: (id) => held.get(id) ?? JSON.parse(document.getElementById(id).textContent),
    has: (names) => names.every((name) => held.has(name)),
    // Call `act` at once where all parts are there, else when they have been read.
    need(names, act, failed = tell) {
      const missing = names.filter((name) => !held.has(name));
      if (missing.length) Promise.all(missing.map(read)).then(() => act(), failed);
      else act();
    },
    // Call `act` with each element: at once, in a folder when it comes near the window.
    seen(elements, act) {
      if (!folder) return elements.forEach(act);
      const watch = new IntersectionObserver((entries) => entries.filter((one) => one.isIntersecting).forEach(({ target }) => {
        watch.unobserve(target);
        act(target);
      }), { rootMargin: "400px" });
      return elements.forEach((element) => watch.observe(element));
    },
  };
})();
