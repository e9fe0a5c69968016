
// Hand: pointer and keys on the map: point, open, lasso, move, zoom.
(() => {
  if (!atlas) return;
  const { stage, field } = atlas;
  const line = one(".lasso", stage);
  const tools = all("[data-tool]");
  let tool = "lasso";
  let drag = null;
  tools.forEach((button) => button.addEventListener("click", () => {
    tool = button.dataset.tool;
    stage.classList.add("armed"); // from now on a finger draws instead of scrolling the page
    stage.dataset.tool = tool;
    press(tools, button);
  }));
  const sketch = (points) => line.setAttribute("d", points.length
    ? `M${points.map(([x, y]) => `${(1000 * (x * field.view.scale + field.view.x)).toFixed(1)} ${(1000 * (y * field.view.scale + field.view.y)).toFixed(1)}`).join("L")}Z`
    : "");
  const zoom = (factor, x, y) => {
    field.zoom(factor, x, y);
    atlas.moved();
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 && event.button !== 1) return;
    const moves = tool === "move" || event.shiftKey || event.button === 1;
    const draws = event.pointerType !== "touch" || stage.classList.contains("armed");
    drag = { x: event.clientX, y: event.clientY, moves, draws, far: false, points: [field.base(event.clientX, event.clientY)] };
    if (draws) stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!drag) {
      atlas.point(field.near(event.clientX, event.clientY));
      return;
    }
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.far && Math.hypot(dx, dy) < 5) return;
    drag.far = true;
    if (!drag.draws) return;
    if (drag.moves) {
      field.pan(dx, dy);
      [drag.x, drag.y] = [event.clientX, event.clientY];
      atlas.moved();
    } else {
      atlas.point(-1);
      drag.points.push(field.base(event.clientX, event.clientY));
      sketch(drag.points);
    }
  });
  stage.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const { far, moves, draws, points } = drag;
    drag = null;
    sketch([]);
    if (!far) {
      const i = field.near(event.clientX, event.clientY, event.pointerType === "touch" ? 18 : 9);
      if (i >= 0) state.set({ treatment: table.names[i] });
    } else if (draws && !moves && points.length > 2) {
      // At most 80 corners, in thousandths of the map: short enough for an address.
      const every = Math.ceil(points.length / 80);
      const kept = points.filter((_, k) => k % every === 0);
      state.set({ lasso: kept.map((p) => p.map((share) => Math.round(1000 * share)).join(".")).join("_"), query: "" });
    }
  });
  stage.addEventListener("pointercancel", () => {
    drag = null;
    sketch([]);
  });
  stage.addEventListener("pointerleave", () => drag || atlas.point(-1));
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // without it the page scrolls
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    zoom(2 ** (-event.deltaY / 200), (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }, { passive: false });
  all("[data-zoom]").forEach((button) =>
    button.addEventListener("click", () => zoom(Number(button.dataset.zoom))));

  const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = WAYS[event.key];
    if (way) {
      const [named] = table.rows(state.get("treatment"));
      atlas.point(field.next(atlas.here() < 0 ? named ?? -1 : atlas.here(), ...way));
    } else if (event.key === "Enter" && atlas.here() >= 0) {
      state.set({ treatment: table.names[atlas.here()] });
    } else if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 1.5 : 1 / 1.5);
    else if (event.key === "0") zoom(0);
    else return;
    event.preventDefault();
  });
  stage.addEventListener("blur", () => atlas.point(-1));
})();
