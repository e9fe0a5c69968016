
// Field: where the points of the map are on the screen, and which are near a place or inside a line.
const makeField = (stage, xs, ys) => {
  const [MARGIN, INNER, CELLS] = [0.04, 0.92, 128]; // the margin is that of drawing/figures.py
  const count = xs.length;
  // Places in shares of the stage, before zooming.
  const bx = Float32Array.from(xs, (x) => MARGIN + INNER * x);
  const by = Float32Array.from(ys, (y) => MARGIN + INNER * (1 - y));
  const view = { scale: 1, x: 0, y: 0 };
  const cell = (share) => Math.min(CELLS - 1, Math.max(0, Math.floor(share * CELLS)));
  const bins = new Map();
  for (let i = 0; i < count; i++) {
    const key = cell(by[i]) * CELLS + cell(bx[i]);
    if (bins.has(key)) bins.get(key).push(i);
    else bins.set(key, [i]);
  }
  const unseen = (clientX, clientY) => {
    const box = stage.getBoundingClientRect();
    return [
      ((clientX - box.left) / box.width - view.x) / view.scale,
      ((clientY - box.top) / box.height - view.y) / view.scale,
    ];
  };
  const hold = () => { // the map always covers the stage
    ["x", "y"].forEach((axis) => { view[axis] = Math.min(0, Math.max(1 - view.scale, view[axis])); });
  };
  return {
    count, view, bx, by,
    place: (i) => [bx[i] * view.scale + view.x, by[i] * view.scale + view.y],
    base: unseen,
    // The nearest point within so many pixels, or -1.
    near(clientX, clientY, pixels = 9) {
      const [x, y] = unseen(clientX, clientY);
      const reach = pixels / stage.clientWidth / view.scale;
      let [best, least] = [-1, reach * reach];
      for (let row = cell(y - reach); row <= cell(y + reach); row++) {
        for (let column = cell(x - reach); column <= cell(x + reach); column++) {
          (bins.get(row * CELLS + column) ?? []).forEach((i) => {
            const far = (bx[i] - x) ** 2 + (by[i] - y) ** 2;
            if (far <= least) [best, least] = [i, far];
          });
        }
      }
      return best;
    },
    // The nearest point to the left, right, above or below a point; the first without one.
    next(from, dx, dy) {
      if (from < 0) return count ? 0 : -1;
      let [best, least] = [from, Infinity];
      for (let i = 0; i < count; i++) {
        const [x, y] = [bx[i] - bx[from], by[i] - by[from]];
        const ahead = x * dx + y * dy;
        const cost = ahead + 3 * Math.abs(x * dy - y * dx);
        if (i !== from && ahead > 1e-6 && cost < least) [best, least] = [i, cost];
      }
      return best;
    },
    // The points inside a closed line of (x, y) in shares: by the even-odd rule.
    inside(line) {
      const found = [];
      for (let i = 0; i < count; i++) {
        let within = false;
        for (let a = 0, b = line.length - 1; a < line.length; b = a++) {
          const [[ax, ay], [cx, cy]] = [line[a], line[b]];
          if (ay > by[i] !== cy > by[i] && bx[i] < ((cx - ax) * (by[i] - ay)) / (cy - ay) + ax) within = !within;
        }
        if (within) found.push(i);
      }
      return found;
    },
    pan(dx, dy) {
      view.x += dx / stage.clientWidth;
      view.y += dy / stage.clientHeight;
      hold();
    },
    zoom(factor, x = 0.5, y = 0.5) {
      const scale = Math.min(40, Math.max(1, view.scale * factor));
      const by_ = scale / view.scale;
      [view.x, view.y, view.scale] = [x - (x - view.x) * by_, y - (y - view.y) * by_, scale];
      hold();
    },
  };
};
