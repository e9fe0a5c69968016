
// Table: names, metadata and features of the profiles; a row is a number from 0. In a folder a
// column is read when it is asked for: `read(names, act)` calls `act` when all of them are there.
const table = (() => {
  const held = one("#profiles");
  if (!held) return null;
  const { columns, features, near, thumbs, ...own } = JSON.parse(held.textContent);
  const names = own.names ?? phenolens.get("names");
  const rows = new Map();
  names.forEach((name, i) => (rows.has(name) ? rows.get(name).push(i) : rows.set(name, [i])));
  const place = new Map(features.names.map((name, f) => [name, f]));
  const codes = new Map();
  const unpacked = (f) => {
    if (!codes.has(f)) codes.set(f, unpack(features.values ? features.values[f] : phenolens.take(`feature-${f}`)));
    return codes.get(f);
  };
  const valuesOf = (name) => {
    const given = columns[name].part ? phenolens.get(columns[name].part) : columns[name];
    if (!given) throw new Error(`“${name}” has not been read yet; see table.read`);
    const { kind, values, texts } = given;
    return kind === "text" ? (i) => texts[values[i]] ?? null : (i) => values[i];
  };
  const column = (name) => {
    if (Object.hasOwn(columns, name)) {
      let at = null;
      return { name, kind: columns[name].kind, at: (i) => (at ??= valuesOf(name))(i) };
    }
    const f = place.get(name);
    if (f === undefined) return null;
    const [low, high] = [features.low[f], features.high[f]];
    let own_ = null;
    const at = (i) => {
      const code = (own_ ??= unpacked(f))[i];
      return code === 65535 ? null : low + (code / 65534) * (high - low);
    };
    return { name, kind: "number", at };
  };
  const partOf = (name) => {
    if (Object.hasOwn(columns, name)) return columns[name].part ?? [];
    return features.values || !place.has(name) ? [] : `feature-${place.get(name)}`;
  };
  const nearParts = Object.values(near).filter((one_) => typeof one_ === "string");
  const partsOf = (wanted) => wanted.flatMap(partOf);
  return {
    size: names.length,
    names,
    thumbs,
    columns: Object.keys(columns),
    features: features.names,
    column,
    partsOf,
    nearParts,
    facts: [...partsOf(Object.keys(columns)), ...nearParts],
    read: (wanted, act) => phenolens.need(partsOf(wanted), act),
    // The neighbours of each score, of those that have been read.
    get near() {
      const found = Object.entries(near).map(([key, one_]) => [key, typeof one_ === "string" ? phenolens.get(one_) : one_]);
      return Object.fromEntries(found.filter(([, one_]) => one_));
    },
    rows: (name) => rows.get(name) ?? [],
    has: (name) => rows.has(name),
  };
})();
