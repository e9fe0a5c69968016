
// Planes: the channels of an image, three to a picture, mixed anew as light through each other.
const planes = (() => {
  const held = one("#planes");
  if (!held) return null;
  const { colours, names, pictures, block } = JSON.parse(held.textContent);
  const sourcesOf = async (number) => {
    if (pictures) return pictures[number];
    const part = `planes-${Math.floor(number / block)}`;
    await new Promise((done) => phenolens.need([part], done));
    return phenolens.get(part)[number % block];
  };
  const lights = colours.map((c) => [1, 3, 5].map((k) => parseInt(c.slice(k, k + 2), 16) / 255));
  const read = async (source) => {
    const image = Object.assign(new Image(), { src: source });
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(image, 0, 0);
    return pen.getImageData(0, 0, image.width, image.height);
  };
  // Return the address of picture `number` with the channels that are shown.
  const mixed = async (number, shown) => {
    const layers = await Promise.all((await sourcesOf(number)).map(read));
    const [{ width, height }] = layers;
    const made = new ImageData(width, height);
    for (let p = 0; p < 4 * width * height; p += 4) {
      const dark = [1, 1, 1];
      lights.forEach((light, c) => {
        if (!shown[c]) return;
        const value = layers[Math.floor(c / 3)].data[p + (c % 3)] / 255;
        light.forEach((share, k) => { dark[k] *= 1 - value * share; });
      });
      dark.forEach((rest, k) => { made.data[p + k] = Math.round(255 * (1 - rest)); });
      made.data[p + 3] = 255;
    }
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").putImageData(made, 0, 0);
    return canvas.toDataURL();
  };
  return { colours, names, mixed };
})();
