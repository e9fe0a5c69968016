
// Marks: the map as SVG, one element per point; for up to some thousands of points.
const makeMarks = (svg, field, shapes) => {
  const marks = all(".point", svg);
  const percent = (share) => `${(100 * share).toFixed(2)}%`;
  return {
    paint(kinds, codes, isDim) {
      marks.forEach((mark, i) => {
        const kind = kinds[codes[i]];
        const path = mark.firstElementChild;
        path.setAttribute("d", shapes[kind.shape]);
        path.style.fill = cssColour(kind);
        mark.classList.toggle("dim", isDim(i));
      });
    },
    move() {
      marks.forEach((mark, i) => {
        const [x, y] = field.place(i);
        mark.setAttribute("x", percent(x));
        mark.setAttribute("y", percent(y));
      });
    },
  };
};
