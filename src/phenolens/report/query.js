
// Query: which rows a condition keeps, in the grammar of core/query.py; nothing in it can run.
//   moa == "Eg5" and concentration > 1   0.1 < concentration <= 10   plate in ["p1", "p2"]
//   not control   moa.isna()   compound.str.startswith("BRD")   `Cell line` == "A549"
const query = (() => {
  const TOKEN =
    /\s*(?:("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|`([^`\n]*)`|(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)|([\p{L}_][\p{L}\p{N}_]*)|(==|!=|<=|>=|\/\/|[=<>+\-*\/%&|~()[\],.]))/uy;
  const [MOST_CHARACTERS, MOST_DEPTH] = [20000, 60]; // as in core/query.py
  const wrong = (what) => { throw new Error(what); };
  const read = (text) => {
    const tokens = [];
    TOKEN.lastIndex = 0;
    const end = text.trimEnd().length;
    while (TOKEN.lastIndex < end) {
      const from = TOKEN.lastIndex;
      const found = TOKEN.exec(text);
      if (!found) wrong(`“${text.slice(from).trim()[0]}” is not part of a condition`);
      const [, string, quoted, number, name, sign] = found;
      if (string !== undefined)
        tokens.push({ is: "text", value: string.slice(1, -1).replace(/\\(.)/g, "$1") });
      else if (quoted !== undefined) tokens.push({ is: "column", value: quoted });
      else if (number !== undefined) tokens.push({ is: "number", value: Number(number) });
      else if (name !== undefined) tokens.push({ is: "name", value: name });
      else tokens.push({ is: "sign", value: { "&": "and", "|": "or", "~": "not", "=": "==" }[sign] ?? sign });
    }
    return tokens;
  };

  // An expression is its kind (number, text, flag) and its value in row i; null is missing.
  const KINDS = { number: "numbers", text: "text", flag: "true or false" };
  const constant = (kind, value) => ({ kind, at: () => value });
  const flag = (at) => ({ kind: "flag", at });
  const need = (one, kind, where) =>
    one.kind === kind ? one : wrong(`${where} needs ${KINDS[kind]}, not ${KINDS[one.kind]}`);
  const columnOf = (name) => {
    const found = table.column(name);
    if (found) return found;
    const near = table.columns.find((other) => other.toLowerCase() === name.toLowerCase());
    const known = table.columns.slice(0, 12).join(", ");
    return wrong(`there is no column “${name}”; ${near ? `did you mean ${near}?` : `there are ${known} and the features`}`);
  };
  const COMPARE = {
    "==": (a, b) => a === b, "!=": (a, b) => a !== b, "<": (a, b) => a < b,
    "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b,
  };
  const compare = (sign, a, b) => {
    if (a.kind !== b.kind)
      wrong(`${KINDS[a.kind]} cannot be compared with ${KINDS[b.kind]}${b.kind === "text" || a.kind === "text" ? "; write text in quotes and numbers without" : ""}`);
    const holds = COMPARE[sign];
    return flag((i) => {
      const [x, y] = [a.at(i), b.at(i)];
      return x === null || y === null ? sign === "!=" : holds(x, y);
    });
  };
  const FLOOR = { "//": (a, b) => Math.floor(a / b), "%": (a, b) => a - b * Math.floor(a / b) };
  const SUM = {
    "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, ...FLOOR,
  };
  const calculate = (sign, a, b) => {
    need(a, "number", `“${sign}”`);
    need(b, "number", `“${sign}”`);
    return { kind: "number", at: (i) => {
      const [x, y] = [a.at(i), b.at(i)];
      return x === null || y === null ? null : SUM[sign](x, y);
    } };
  };
  const TESTS = {
    startswith: (text, part) => text.startsWith(part),
    endswith: (text, part) => text.endsWith(part),
    contains: (text, part) => text.includes(part),
  };

  const parse = (tokens) => {
    let at = 0;
    let depth = 0;
    const deeper = (inner) => {
      if (++depth > MOST_DEPTH) wrong(`it is nested more than ${MOST_DEPTH} deep; use in [...] for a list`);
      const made = inner();
      depth--;
      return made;
    };
    const next = (...values) => {
      const token = tokens[at];
      const taken = token && (token.is === "sign" || token.is === "name") && values.includes(token.value);
      return taken ? tokens[at++].value : null;
    };
    const expect = (value) => {
      if (next(value)) return;
      const found = tokens[at];
      wrong(found ? `“${value}” is expected before “${found.value}”` : `“${value}” is missing at the end`);
    };
    const either = () => {
      let left = both();
      while (next("or")) {
        const [a, b] = [need(left, "flag", "“or”"), need(both(), "flag", "“or”")];
        left = flag((i) => a.at(i) === true || b.at(i) === true);
      }
      return left;
    };
    const both = () => {
      let left = negated();
      while (next("and")) {
        const [a, b] = [need(left, "flag", "“and”"), need(negated(), "flag", "“and”")];
        left = flag((i) => a.at(i) === true && b.at(i) === true);
      }
      return left;
    };
    const negated = () => {
      if (!next("not")) return comparison();
      const inner = need(deeper(negated), "flag", "“not”");
      return flag((i) => inner.at(i) !== true);
    };
    const comparison = () => {
      let left = series(["+", "-"], () => series(["*", "/", "//", "%"], unary));
      let whole = null;
      for (;;) {
        const sign = next("==", "!=", "<", "<=", ">", ">=");
        let step;
        if (sign) {
          const right = series(["+", "-"], () => series(["*", "/", "//", "%"], unary));
          step = compare(sign, left, right);
          left = right;
        } else {
          const turned = tokens[at]?.value === "not" && tokens[at + 1]?.value === "in" && next("not");
          if (!next("in")) return whole ?? left;
          step = among(left, list());
          if (turned) step = ((inner) => flag((i) => !inner.at(i)))(step);
        }
        const before = whole;
        whole = before ? flag((i) => before.at(i) && step.at(i)) : step;
      }
    };
    const series = (signs, inner) => {
      let left = inner();
      for (let sign = next(...signs); sign; sign = next(...signs)) left = calculate(sign, left, inner());
      return left;
    };
    const unary = () => (next("-") ? calculate("-", constant("number", 0), deeper(unary)) : atom());
    const list = () => {
      const close = next("[") ? "]" : (expect("("), ")");
      const values = [];
      while (!next(close)) {
        values.push(unary());
        if (!next(",")) { expect(close); break; }
      }
      return values;
    };
    const among = (left, values) => {
      values.forEach((value) => compare("==", left, value)); // the same kind
      const known = new Set(values.map((value) => value.at(0)));
      return flag((i) => left.at(i) !== null && known.has(left.at(i)));
    };
    const method = (held) => {
      const name = tokens[at++]?.value;
      if (name === "str") { expect("."); return method(held); }
      if (name === "isin") { expect("("); const values = list(); expect(")"); return among(held, values); }
      if (name === "isna" || name === "notna") {
        expect("("); expect(")");
        return flag((i) => (held.at(i) === null) === (name === "isna"));
      }
      const test = Object.hasOwn(TESTS, name ?? "") ? TESTS[name] : wrong(`“.${name ?? ""}” is not known here`);
      need(held, "text", `“.${name}”`);
      expect("(");
      const part = need(unary(), "text", `“.${name}”`).at(0);
      expect(")");
      return flag((i) => held.at(i) !== null && test(held.at(i), part));
    };
    const atom = () => {
      if (next("(")) { const inner = deeper(either); expect(")"); return inner; }
      const token = tokens[at++];
      if (!token) wrong("the condition ends too early");
      if (token.is === "sign") wrong(`“${token.value}” has nothing before it`);
      if (token.is === "text" || token.is === "number") return constant(token.is, token.value);
      if (token.is === "name" && /^(true|false)$/i.test(token.value) && !table.column(token.value))
        return constant("flag", token.value.toLowerCase() === "true");
      let held = columnOf(token.value);
      while (next(".")) held = method(held);
      return held;
    };
    const made = either();
    if (at < tokens.length) wrong(`“${tokens[at].value}” is not expected there`);
    return made.kind === "flag" ? made : wrong("compare a column, as in moa == \"Eg5\"");
  };
  // The rows that a condition keeps, in order; throws an Error that says what is wrong.
  const asked = (text) => {
    if (text.length > MOST_CHARACTERS) wrong(`it has more than ${MOST_CHARACTERS} characters`);
    try {
      const kept = parse(read(text));
      return [...table.names.keys()].filter((i) => kept.at(i) === true);
    } catch (error) { // a chain of thousands of parts has no room on the stack
      throw error instanceof RangeError ? new Error("it has too many parts; use in [...] for a list") : error;
    }
  };
  // The names in a condition: columns and features that must have been read; see table.read.
  asked.columns = (text) => {
    try {
      return [...new Set(read(text.slice(0, MOST_CHARACTERS)).filter(({ is }) => is === "name" || is === "column").map(({ value }) => value))];
    } catch {
      return []; // what is wrong with it is found when it is asked
    }
  };
  return asked;
})();
