
// Gallery: the example images by number and by treatment, in the page or in its parts.
const gallery = (() => {
  const held = one("#gallery");
  const index = held && JSON.parse(held.textContent); // of a folder
  const first = new Map(); // treatment -> its first number and how many
  const starts = [];
  let next = 0;
  (index?.treatments ?? []).forEach(([name, count]) => {
    starts.push(next);
    if (!first.has(name)) first.set(name, [next, count]);
    next += count;
  });
  const part = (number) => `pictures-${Math.floor(number / index.block)}`;
  const inPart = (number) => phenolens.get(part(number))?.[number % index.block];
  const range = (from, count) => Array.from({ length: count }, (_, k) => from + k);
  const itemOf = (name) => all("#examples li[data-treatment]").find((item) => item.dataset.treatment === name);
  // The control whose images are shown next to those of a treatment.
  const control = () => (index ? index.control : one("#examples [data-control] li")?.dataset.treatment) ?? null;
  const numbers = (name) => {
    if (index) return range(...(first.get(name) ?? [0, 0]));
    return all("img", itemOf(name) ?? make("i")).map((image) => Number(image.id.replace("image-", "")));
  };
  return {
    numbers,
    control,
    // The address of an image, null where it is not there or has not been read.
    source: (number) => document.getElementById(`image-${number}`)?.src ?? (index && inPart(number)?.[0]) ?? null,
    place: (number) => (index ? inPart(number)[1] : document.getElementById(`image-${number}`).title),
    parts: (wanted) => (index ? [...new Set(wanted.map(part))] : []),
    // The treatments of a folder's list, each with its numbers.
    listed: (from, count) => range(from, count).map((k) => ({ name: index.treatments[k][0], numbers: range(starts[k], index.treatments[k][1]) })),
  };
})();
