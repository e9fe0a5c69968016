
// Table: names, metadata and features of the profiles; a row is a number from 0.
const table = (() => {
  const held = one("#profiles");
  if (!held) return null;
  const { names, columns, features, near, thumbs } = JSON.parse(held.textContent);
  const rows = new Map();
  names.forEach((name, i) => (rows.has(name) ? rows.get(name).push(i) : rows.set(name, [i])));
  let codes = null;
  const unpacked = () => (codes ??= unpack(features.values));
  const column = (name) => {
    if (Object.hasOwn(columns, name)) {
      const { kind, values, texts } = columns[name];
      const at = kind === "text" ? (i) => texts[values[i]] ?? null : (i) => values[i];
      return { name, kind, at };
    }
    const f = features.names.indexOf(name);
    if (f < 0) return null;
    const [low, high] = [features.low[f], features.high[f]];
    const at = (i) => {
      const code = unpacked()[f * names.length + i];
      return code === 65535 ? null : low + (code / 65534) * (high - low);
    };
    return { name, kind: "number", at };
  };
  return {
    size: names.length,
    names,
    near,
    thumbs,
    columns: Object.keys(columns),
    features: features.names,
    column,
    rows: (name) => rows.get(name) ?? [],
    has: (name) => rows.has(name),
  };
})();
