
// Pictures: a part of the page as one SVG that needs nothing else, its colours as numbers.
const pictureOf = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const KEPT = [
    "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linejoin",
    "opacity", "font-size", "font-weight", "font-family", "text-anchor", "vector-effect",
  ];
  const LEFT_OUT = ".save, .unseen, .hint, .switch, .switches, form, script, noscript, select, input, #choice";
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  const known = new Map();
  // A colour as other programs read it: the page mixes some of its own in OKLab.
  const plain = (colour) => {
    if (!/^(oklab|oklch|color|lab|lch)\(/.test(colour)) return colour;
    if (!known.has(colour)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(colour, a === 255 ? `rgb(${r}, ${g}, ${b})` : `rgba(${r}, ${g}, ${b}, ${(a / 255).toFixed(3)})`);
    }
    return known.get(colour);
  };
  const element = (name, attributes, words) => {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    if (words !== undefined) made.textContent = words;
    return made;
  };
  const number = (value) => value.toFixed(2);

  const copied = (source) => { // an element of a figure with the style that it has on the page
    const copy = source.cloneNode(false);
    const style = getComputedStyle(source);
    ["class", "style", "id", "tabindex", "role"].forEach((name) => copy.removeAttribute(name));
    [...copy.attributes].filter(({ name }) => name.startsWith("data-")).forEach(({ name }) => copy.removeAttribute(name));
    KEPT.forEach((name) => {
      const value = style.getPropertyValue(name);
      if (value && value !== "none" || name === "fill") copy.setAttribute(name, plain(value));
    });
    if (source instanceof SVGSVGElement) copy.setAttribute("overflow", style.overflow === "hidden" ? "hidden" : "visible");
    source.childNodes.forEach((child) => {
      if (child.nodeType === Node.TEXT_NODE) copy.append(child.textContent);
      else if (child.nodeType === Node.ELEMENT_NODE && getComputedStyle(child).display !== "none") copy.append(copied(child));
    });
    return copy;
  };
  const lines = (text, origin, into) => { // words of the page, line by line as they are broken there
    const style = getComputedStyle(text.parentElement);
    const range = document.createRange();
    let line = null;
    const put = () => line && into.append(element("text", {
      x: number(line.x), y: number(line.y), fill: plain(style.color), "font-size": style.fontSize,
      "font-weight": style.fontWeight, "font-family": style.fontFamily,
    }, line.words.join(" ")));
    for (const found of text.textContent.matchAll(/\S+/g)) {
      range.setStart(text, found.index);
      range.setEnd(text, found.index + found[0].length);
      const box = range.getBoundingClientRect();
      if (!box.width) continue;
      const y = box.bottom - origin.top - 0.24 * box.height;
      if (line && Math.abs(line.y - y) < 2) line.words.push(found[0]);
      else {
        put();
        line = { x: box.left - origin.left, y, words: [found[0]] };
      }
    }
    put();
  };
  const walk = (node, origin, into) => {
    if (node.nodeType === Node.TEXT_NODE) return lines(node, origin, into);
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(LEFT_OUT)) return;
    const [style, box] = [getComputedStyle(node), node.getBoundingClientRect()];
    if (style.display === "none" || style.visibility === "hidden") return;
    const place = { x: number(box.left - origin.left), y: number(box.top - origin.top), width: number(box.width), height: number(box.height) };
    if (node instanceof SVGSVGElement) {
      const copy = copied(node);
      Object.entries(place).forEach(([key, value]) => copy.setAttribute(key, value));
      into.append(copy);
    } else if (node instanceof HTMLImageElement || node instanceof HTMLCanvasElement) {
      const href = node instanceof HTMLImageElement ? node.src : node.toDataURL();
      into.append(element("image", { ...place, href, preserveAspectRatio: "xMidYMid slice" }));
    } else {
      const clear = /^rgba\(.*, 0\)$|^transparent$/.test(style.backgroundColor);
      if (!clear && box.width) into.append(element("rect", { ...place, rx: parseFloat(style.borderRadius) || 0, fill: plain(style.backgroundColor) }));
      node.childNodes.forEach((child) => walk(child, origin, into));
    }
  };
  return (root) => {
    const box = root.getBoundingClientRect();
    const [width, pad] = [Math.ceil(box.width), 12];
    const content = element("g", {});
    walk(root, box, content);
    // From the first thing to the last: controls at the top or the end leave no gap.
    const ends = [...content.children].map((each) => {
      const y = Number(each.getAttribute("y"));
      const tall = Number(each.getAttribute("height") ?? 0);
      return tall ? [y, y + tall] : [y - 14, y + 4];
    });
    const top = Math.floor(Math.min(...ends.map(([first]) => first)));
    const height = Math.ceil(Math.max(...ends.map(([, last]) => last))) - top;
    const [x, y] = [-pad, top - pad];
    const picture = element("svg", {
      xmlns: SVG, width: width + 2 * pad, height: height + 2 * pad, viewBox: `${x} ${y} ${width + 2 * pad} ${height + 2 * pad}`,
    });
    const paper = plain(getComputedStyle(document.body).backgroundColor);
    picture.append(element("rect", { x, y, width: "100%", height: "100%", fill: paper }), content);
    return { text: new XMLSerializer().serializeToString(picture), width: width + 2 * pad, height: height + 2 * pad };
  };
})();
