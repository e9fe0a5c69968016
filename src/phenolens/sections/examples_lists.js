
// Lists of a folder: the images of some treatments, read and drawn when they come near the window.
phenolens.seen(all("#examples ul[data-first]"), (list) => {
  const wanted = gallery.listed(Number(list.dataset.first), Number(list.dataset.count));
  phenolens.need(gallery.parts(wanted.flatMap(({ numbers }) => numbers)), () => {
    list.replaceChildren(...wanted.map(({ name, numbers }) => {
      const item = make("li");
      Object.assign(item.dataset, { treatment: name });
      item.style.setProperty("--n", numbers.length);
      item.classList.toggle("chosen", state.get("treatment") === name);
      const strip = make("div");
      strip.append(...numbers.map((number) => {
        const title = `${name} ${gallery.place(number)}`;
        return Object.assign(new Image(), { id: `image-${number}`, src: gallery.source(number), alt: name, title });
      }));
      item.append(strip, drawer.link(name));
      return item;
    }));
    list.style.minHeight = "";
  });
});
