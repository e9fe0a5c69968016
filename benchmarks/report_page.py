"""How a page with 50,000 points and 2,000 thumbnails behaves in Chromium: size, pan, hover, lasso.

The run folder is made of random profiles, so the map shows nothing; its cost is that of any other.
With more points or thumbnails the page is a folder, whose parts are read when they are asked for.

    python benchmarks/report_page.py [points [thumbnails]]
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from playwright.sync_api import sync_playwright

from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder
from phenolens.report.page import render
from phenolens.report.parts import PAGE

FEATURES, KINDS, SIDE = 384, 20, 128
MEASURE = """
async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const box = atlas.stage.getBoundingClientRect();
  const until = async (act, done) => { // how long one act takes that may have to read parts
    await frame();
    const began = performance.now();
    act();
    while (!done()) await new Promise((wait) => setTimeout(wait));
    return [performance.now() - began, null];
  };
  const timed = async (times, act) => {
    const taken = [];
    for (let k = 0; k < times; k++) {
      await frame();
      const began = performance.now();
      act(k);
      taken.push(performance.now() - began);
    }
    taken.sort((a, b) => a - b);
    return [taken[Math.floor(times / 2)], taken[Math.floor(0.95 * times)]];
  };
  const redraw = () => (atlas.view.draw ?? atlas.view.move)();
  const found = {};
  const named = (name) => one('#drawer-name').textContent === name && one('#drawer-parts .facts');
  const first = table.names[5];
  found['the first treatment opened'] = await until(
    () => state.set({ treatment: first }), () => named(first));
  const near = atlas.field.next(0, 1, 0);
  found['the first point under the pointer'] = await until(
    () => atlas.point(near), () => !one('#tip').hidden);
  found['the first feature as colour'] = await until(
    () => state.set({ colour: table.features[3] }), () => !one("[data-legend='']").hidden);
  found['a second feature'] = await until(
    () => state.set({ colour: table.features[4] }),
    () => one('#colour-any').value === table.features[4]);
  found['the first condition on a feature'] = await until(
    () => state.set({ query: `${table.features[5]} > 0` }),
    () => one('#query-note').textContent !== '');
  state.set({ query: '', treatment: '' });
  atlas.point(-1);
  const frames = async (scale) => {
    atlas.field.zoom(scale, 0.5, 0.5);
    redraw();
    found[`pan at ${scale}:1`] = await timed(40, (k) => {
      atlas.field.pan(k % 2 ? 3 : -3, 2);
      (atlas.view.follow ?? atlas.view.move)();
    });
    const marks = [];
    for (let k = 0; k < 40; k++) {
      atlas.field.pan(k % 2 ? 3 : -3, 2);
      atlas.view.move();
      await frame();
      marks.push(performance.now());
    }
    const gaps = marks.slice(1).map((mark, k) => mark - marks[k]).sort((a, b) => a - b);
    found[`from frame to frame at ${scale}:1`] = [gaps[20], gaps[37]];
    found[`at rest at ${scale}:1`] = await timed(8, redraw);
    atlas.field.zoom(0);
  };
  for (const scale of [1, 2, 4]) await frames(scale);
  redraw();
  found.hover = await timed(100, (k) => atlas.point(
    atlas.field.near(box.left + box.width * (0.2 + 0.006 * k), box.top + box.height * 0.5)));
  const square = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]];
  found.lasso = await timed(10, () => atlas.field.inside(square));
  found.query = await timed(10, () => query('concentration > 1 and moa.str.contains("1")'));
  found.colour = await timed(6, (k) => {
    state.set({ colour: table.features[3 + (k % 2)] });
    redraw();
  });
  found.open = await timed(6, (k) => state.set({ treatment: table.names[100 * k] }));
  return found;
}
"""
SCROLL = """
async () => {
  for (let y = 0; y < document.body.scrollHeight; y += 800) {
    scrollTo({ top: y, behavior: "instant" });
    await new Promise((done) => setTimeout(done, 100));
  }
  return all("#examples img").length;
}
"""


def write_run(folder: Path, points: int, pictures: int) -> None:
    """Write profiles, one score, and images of smooth noise, which compress as cells do."""
    generator = np.random.default_rng(0)
    kind = generator.integers(0, KINDS, points)
    meta = pd.DataFrame({
        "treatment": [f"compound {i}@{10.0 ** (i % 4 - 2):g}" for i in range(points)],
        "compound": [f"compound {i}" for i in range(points)],
        "concentration": 10.0 ** (np.arange(points) % 4 - 2),
        "moa": [f"mechanism {k}" for k in kind],
        "plate": [f"P{i // 300:03d}" for i in range(points)], "control": False,
    })  # fmt: skip
    centres = generator.normal(size=(KINDS, FEATURES))
    profiles = Profiles(meta, centres[kind] + generator.normal(size=(points, FEATURES)))
    paths = RunFolder(folder)
    profiles.save(paths.profiles)
    other = generator.permutation(points)
    rows = pd.DataFrame({
        "treatment": meta["treatment"], "neighbour_treatment": meta["treatment"].to_numpy()[other],
        "distance": generator.random(points), "value": (kind == kind[other]).astype(float),
    })  # fmt: skip
    paths.scores.mkdir()
    rows.to_parquet(paths.score("nsc"))
    hits = int(rows["value"].sum())
    score = {"value": hits / points, "hits": hits, "n": points}
    paths.results.write_text(json.dumps({"recipe": "large", "scores": {"nsc": score}}))
    images = np.concatenate([
        _smooth(generator, min(500, pictures - begin)) for begin in range(0, pictures, 500)
    ])  # fmt: skip
    np.savez(
        paths.examples,
        images=images,
        channels=np.array(["DNA", "Tubulin", "Actin"]),
    )
    shown = meta.iloc[np.linspace(0, points - 1, pictures).astype(int)]
    shown.assign(well="B02").to_parquet(paths.example_meta, index=False)


def _smooth(generator: np.random.Generator, count: int) -> np.ndarray:
    coarse = generator.integers(0, 200, (count, 3, SIDE // 8 + 1, SIDE // 8 + 1))
    at = np.linspace(0, SIDE // 8 - 1e-6, SIDE)
    low, share = at.astype(int), at % 1
    wide = coarse[..., low] * (1 - share) + coarse[..., low + 1] * share
    images = wide[:, :, low] * (1 - share)[:, None] + wide[:, :, low + 1] * share[:, None]
    images += generator.normal(0, 4, images.shape)
    return np.clip(images, 0, 255).astype(np.uint8)


def measure(path: Path) -> dict[str, Any]:
    """Open the page and return medians and 95th percentiles in ms, and the seconds to open it."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1300, "height": 900})
        page.set_default_timeout(300_000)
        began = time.perf_counter()
        page.goto(path.as_uri(), timeout=300_000)
        opened = time.perf_counter() - began
        session = browser.new_browser_cdp_session()
        memory = [_memory(session)]
        found: dict[str, Any] = page.evaluate(MEASURE)
        memory.append(_memory(session))
        print(f"{page.evaluate(SCROLL)} images were shown on a walk over the page")
        memory.append(_memory(session))
        browser.close()
    return {"opened": opened, "memory": memory, **found}


def _memory(session: Any) -> float:
    """Return the resident memory of the process that has the page, in MB."""
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    pages = [one["id"] for one in processes if one["type"] == "renderer"]
    status = [Path(f"/proc/{one}/status").read_text() for one in pages]
    return max(int(text.split("VmRSS:")[1].split()[0]) for text in status) / 1e3


def main() -> None:
    """Make the page, open it, print a table."""
    sys.modules["umap"] = None  # type: ignore[assignment]  # the layout is not what is measured
    points, pictures = (int(v) for v in (*sys.argv[1:], *("50000", "2000")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_run(folder, points, pictures)
        began = time.perf_counter()
        path = render(folder)
        written = time.perf_counter() - began
        large = RunFolder(folder).report_parts
        if large.is_dir():
            path = large / PAGE
            parts = [part.stat().st_size / 1e6 for part in large.rglob("*.js")]
            print(f"{len(parts)} parts, {sum(parts):.0f} MB, the largest {max(parts):.1f} MB")
        print(f"{points} points, {pictures} thumbnails: {path.stat().st_size / 1e6:.1f} MB,"
              f" written in {written:.1f} s")  # fmt: skip
        found = measure(path)
    memory = ", ".join(f"{used:.0f}" for used in found.pop("memory"))
    print(f"opened in {found.pop('opened'):.1f} s")
    print(f"memory when open, after all below, after a walk over the page: {memory} MB")
    print("\n| | median, ms | 95 %, ms |\n|---|---|---|")
    for what, (median, high) in found.items():
        print(f"| {what} | {median:.1f} | {f'{high:.1f}' if high is not None else ''} |")


if __name__ == "__main__":
    main()
