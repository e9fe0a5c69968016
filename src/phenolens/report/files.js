
// Files: what the page saves to disk. A cell of a CSV file is never a formula.
const saveFile = (name, content, type) => {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = Object.assign(make("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};
const csvOf = (rows) => {
  const cell = (value) => {
    let text = value === null || value === undefined ? "" : String(value).replaceAll("\u2212", "-");
    if (/^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text))) text = `'${text}`;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
};
const fileName = (...words) =>
  words.join(" ").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "phenolens";
