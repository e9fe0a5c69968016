
// Canvas: the same map for tens of thousands of points: each mark is drawn once, then stamped.
const makeCanvas = (canvas, field, shapes) => {
  const context = canvas.getContext("2d");
  const probe = make("i");
  canvas.parentElement.append(probe);
  probe.hidden = true;
  const resolved = (css) => {
    probe.style.color = css;
    return getComputedStyle(probe).color;
  };
  const still = document.createElement("canvas").getContext("2d"); // what was drawn last, and its view
  const drawn = { scale: 0, x: 0, y: 0 };
  let given = null;
  let [planned, rest] = [0, 0];
  const stamp = (kind, size, dots) => {
    const made = Object.assign(document.createElement("canvas"), { width: 2 * size, height: 2 * size });
    const pen = made.getContext("2d");
    pen.translate(size, size);
    pen.scale(dots, dots);
    const path = new Path2D(shapes[kind.shape]);
    pen.fillStyle = resolved(cssColour(kind));
    pen.strokeStyle = resolved("var(--surface)");
    pen.fill(path);
    pen.lineWidth = 0.8;
    pen.stroke(path);
    return made;
  };
  const draw = () => {
    planned = 0;
    if (!given || !canvas.clientWidth) return;
    const { kinds, codes, isDim } = given;
    const ratio = devicePixelRatio || 1;
    const [wide, high] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
    if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
    context.clearRect(0, 0, wide, high);
    // Smaller marks where there are many; larger ones as one zooms in.
    const dots = ratio * Math.min(1, 0.42 * Math.sqrt(field.view.scale));
    const size = Math.ceil(7 * dots);
    const stamps = kinds.map((kind) => stamp(kind, size, dots));
    const { bx, by, view } = field;
    const put = (i) => {
      const [x, y] = [(bx[i] * view.scale + view.x) * wide, (by[i] * view.scale + view.y) * high];
      if (x < -size || y < -size || x > wide + size || y > high + size) return;
      context.drawImage(stamps[codes[i]], x - size, y - size);
    };
    const bright = [];
    context.globalAlpha = 0.1;
    for (let i = 0; i < field.count; i++) {
      if (isDim(i)) put(i);
      else bright.push(i);
    }
    context.globalAlpha = 1;
    bright.forEach(put);
    still.canvas.width = wide; // a new size empties it
    still.canvas.height = high;
    still.drawImage(canvas, 0, 0);
    Object.assign(drawn, view);
  };
  // While the hand moves, the last picture is shifted and stretched; it is drawn anew when it rests.
  const follow = () => {
    planned = 0;
    const { scale, x, y } = field.view;
    const grown = scale / drawn.scale;
    const [wide, high] = [canvas.width, canvas.height];
    context.clearRect(0, 0, wide, high);
    context.drawImage(still.canvas, (x - drawn.x * grown) * wide, (y - drawn.y * grown) * high, wide * grown, high * grown);
  };
  const plan = () => {
    cancelAnimationFrame(planned);
    planned = requestAnimationFrame(draw);
  };
  const move = () => {
    clearTimeout(rest);
    rest = setTimeout(plan, 120);
    planned ||= requestAnimationFrame(drawn.scale ? follow : draw);
  };
  new ResizeObserver(plan).observe(canvas);
  new MutationObserver(plan).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", plan);
  return {
    paint(kinds, codes, isDim) {
      given = { kinds, codes, isDim };
      plan();
    },
    move,
    draw, // at once, for measurements
    follow,
  };
};
