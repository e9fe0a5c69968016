
// The drawer: the cells of a treatment next to a control's, with a scale bar and channels to switch.
(() => {
  const images = one("#examples");
  if (!images) return;

  const row = (name, words) => {
    const made = make("figure");
    const strip = Object.assign(make("div"), { className: "cells" });
    gallery.numbers(name).forEach((number, k) => {
      const place = make("div");
      const copy = Object.assign(new Image(), { src: gallery.source(number), alt: name, title: gallery.place(number) });
      copy.dataset.number = number;
      place.append(copy);
      const bar = one(".scale-bar", images);
      if (bar && k === 0) {
        const drawn = Object.assign(make("i"), { className: "bar-of" });
        drawn.style.width = bar.dataset.width;
        drawn.append(make("b", bar.dataset.words));
        place.append(drawn);
      }
      strip.append(place);
    });
    made.append(make("figcaption", words), strip);
    return made;
  };
  // Pictures of pure red, green and blue are filtered; of other colours they are mixed anew.
  const PURE = ["#ff0000", "#00ff00", "#0000ff"];
  const filtered = (whole, colours, shown) => {
    const on = PURE.map((colour) => colours.some((own, c) => own === colour && shown[c]));
    const line = (k) => [0, 1, 2].map((c) => Number(c === k && on[c])).join(" ");
    one("#mix feColorMatrix").setAttribute("values", `${line(0)} 0 0 ${line(1)} 0 0 ${line(2)} 0 0 0 0 0 1 0`);
    whole.classList.toggle("mixed", shown.includes(false));
  };
  const remixed = (whole, shown) => all("img[data-number]", whole).forEach(async (image) => {
    const number = Number(image.dataset.number);
    const asked = shown.join();
    image.dataset.shown = asked;
    const source = shown.includes(false) ? await planes.mixed(number, shown) : gallery.source(number);
    if (image.dataset.shown !== asked) return; // overtaken by a later switch
    image.src = source;
    image.dataset.drawn = asked;
  });
  const toggles = (whole) => {
    const buttons = all("[data-colour-of]", images);
    const names = planes ? planes.names : buttons.map((button) => button.textContent.trim());
    const colours = planes ? planes.colours : buttons.map((button) => button.dataset.colourOf);
    if (names.length < 2) return null;
    const shown = names.map(() => true);
    const group = Object.assign(make("div"), { className: "switch" });
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Channels");
    names.forEach((name, c) => {
      const toggle = Object.assign(make("button"), { type: "button" });
      toggle.setAttribute("aria-pressed", "true");
      const swatch = make("i");
      swatch.style.background = colours[c];
      toggle.append(swatch, name);
      toggle.addEventListener("click", () => {
        shown[c] = !shown[c];
        toggle.setAttribute("aria-pressed", String(shown[c]));
        if (planes) remixed(whole, [...shown]);
        else filtered(whole, colours, shown);
      });
      group.append(toggle);
    });
    return group;
  };
  drawer.add(10, "Cells, each plate at one contrast", (name) => {
    if (!gallery.numbers(name).length) return null;
    const whole = make("div");
    const switches = toggles(whole);
    if (switches) whole.append(switches);
    whole.append(row(name, name));
    const control = gallery.control();
    if (control && control !== name) whole.append(row(control, "negative control"));
    return whole;
  }, (name) => gallery.parts([...gallery.numbers(name), ...gallery.numbers(gallery.control() ?? "")]));
})();
