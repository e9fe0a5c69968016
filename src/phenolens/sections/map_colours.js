
// Colours of any column: categories with marks, or an even ramp for numbers.
const colouringOf = (() => {
  const [STEPS, KINDS, COLOURS] = [24, 24, 12]; // the last two as in drawing/categories.py
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const short = (value) => Number(value.toPrecision(3)).toString().replace("-", "\u2212");
  const GREY = { colour: "--grey", shape: 4 };

  const ramp = (column, values) => {
    const known = values.filter((value) => value !== null).sort((a, b) => a - b);
    const at = (share, of = known) => of[Math.round(share * (of.length - 1))];
    // Values over several orders of magnitude, as doses, are coloured by their logarithm; 0 is least.
    const positive = known.filter((value) => value > 0);
    const log = known[0] >= 0 && positive.length > 1 && at(0.99) / at(0.01, positive) >= 50;
    const [to, from] = log ? [Math.log, Math.exp] : [(v) => v, (v) => v];
    const [low, high] = [to(at(0.01, log ? positive : known)), to(at(0.99))];
    const kinds = Array.from({ length: STEPS }, (_, k) => ({
      name: short(from(low + ((high - low) * k) / (STEPS - 1))),
      shape: 0,
      mix: Math.round((100 * k) / (STEPS - 1)),
    }));
    kinds.push({ name: "no value", ...GREY });
    const codes = values.map((value) => {
      if (value === null) return STEPS;
      const share = high > low ? Math.min(1, Math.max(0, (to(value) - low) / (high - low))) : 1;
      return Math.round(share * (STEPS - 1));
    });
    return { title: column.name, kinds, codes, ramp: true, missing: known.length < values.length };
  };
  const categories = (column, values) => {
    const counts = new Map();
    values.forEach((value) => counts.set(value, (counts.get(value) ?? 0) + 1));
    const missing = counts.get(null) ?? 0;
    counts.delete(null);
    const common = [...counts].sort((a, b) => b[1] - a[1] || order.compare(a[0], b[0])).slice(0, KINDS);
    const names = common.map(([name]) => name).sort((a, b) => order.compare(a, b));
    const kinds = names.map((name, i) => ({
      name: String(name), count: counts.get(name), colour: `--c${i % COLOURS}`, shape: (i + Math.floor(i / COLOURS)) % 4,
    }));
    const place = new Map(names.map((name, i) => [name, i]));
    const rest = values.length - missing - kinds.reduce((sum, kind) => sum + kind.count, 0);
    const others = rest ? kinds.push({ name: "all others", count: rest, colour: "--grey", shape: 0 }) - 1 : -1;
    const none = missing ? kinds.push({ name: "no value", count: missing, ...GREY }) - 1 : -1;
    const codes = values.map((value) => (value === null ? none : place.get(value) ?? others));
    return { title: column.name, kinds, codes, ramp: false };
  };
  return (name) => {
    const column = table.column(name);
    if (!column) return null;
    const values = table.names.map((_, i) => column.at(i));
    return column.kind === "number" && values.some((value) => value !== null)
      ? ramp(column, values)
      : categories(column, values.map((value) => (value === null ? null : String(value))));
  };
})();
const cssColour = (kind) =>
  kind.mix === undefined ? `var(${kind.colour})` : `color-mix(in oklab,var(--ramp-high) ${kind.mix}%,var(--ramp-low))`;
