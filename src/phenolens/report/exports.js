
// Exports: a menu at every figure (SVG, PNG) and table (CSV), and the summary for a lab book.
(() => {
  const title = one("h1").textContent;
  const button = (words, label, act) => {
    const made = Object.assign(make("button", words), { type: "button" });
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  };
  const savePng = (picture, name) => {
    const image = new Image();
    image.addEventListener("load", () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 2 * picture.width, height: 2 * picture.height });
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => saveFile(name, blob, "image/png"), "image/png");
    });
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture.text)}`;
  };
  const nameOf = (part) => {
    const section = part.closest("section");
    const own = one("h3, caption, figcaption:not(.caption)", part);
    return fileName(title, section ? section.id : "", own ? own.textContent.slice(0, 40) : "");
  };
  const FIGURES = "section figure, section .bars, section .charts > li, section .plates, section .cluster-map";
  all(FIGURES)
    .filter((part) => !part.closest("#drawer") && !part.parentElement.closest(FIGURES))
    .filter((part) => one("svg, canvas", part) || !part.closest("li")) // a strip of images has no buttons at each
    .filter((part) => one("svg, canvas, img", part) || part.matches(".plates"))
    .forEach((part) => {
      const menu = Object.assign(make("p"), { className: "save" });
      const named = one("h3, figcaption:not(.caption)", part)?.textContent ?? part.closest("section").querySelector("h2").textContent;
      menu.append(
        button("SVG", `Save as SVG: ${named}`, () => saveFile(`${nameOf(part)}.svg`, pictureOf(part).text, "image/svg+xml")),
        button("PNG", `Save as PNG: ${named}`, () => savePng(pictureOf(part), `${nameOf(part)}.png`)),
      );
      if (part.matches("ul, ol")) part.after(menu);
      else part.append(menu);
    });

  const words = (cell) => {
    const parts = [];
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent.trim();
      if (text && !walker.currentNode.parentElement.closest(".sign, svg")) parts.push(text);
    }
    return parts.join(" ");
  };
  all("section table").forEach((table_) => {
    const rows = () => [...table_.rows].map((row) => [...row.cells].map(words));
    const menu = Object.assign(make("p"), { className: "save" });
    const named = table_.closest("section").querySelector("h2").textContent;
    menu.append(button("CSV", `Save the table as CSV: ${named}`, () => saveFile(`${nameOf(table_)}.csv`, csvOf(rows()), "text/csv")));
    (table_.closest(".wide") ?? table_).after(menu);
  });

  const summary = one("#summary");
  if (summary) one("#save-summary").addEventListener("click", () =>
    saveFile(`${fileName(title)}.md`, JSON.parse(summary.textContent).text, "text/markdown"));
})();
