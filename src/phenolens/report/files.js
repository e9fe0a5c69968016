
// Files: what the page saves to disk. A cell of a CSV file is never a formula.
const saveFile = (name, content, type) => {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = Object.assign(make("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};
const csvOf = (rows) => {
  const cell = (value) => {
    // The minus of numbers becomes the one that programs read; a name with it stays as it is.
    let text = value === null || value === undefined ? "" : String(value).replace(/(^|[\s(])\u2212(?=[\d.])/g, "$1-");
    if (/^[=+\-@\t\r\n]/.test(text) && Number.isNaN(Number(text))) text = `'${text}`;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
};
const fileName = (...words) =>
  words.join(" ").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "phenolens";
