"""The state: in the address, with the back button, and from everything that names a treatment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from phenolens.drawing.thumbnails import channel_colours, composite, shrink, side_for
from phenolens.results.contents import RunContents
from phenolens.results.pictures import chosen

NAME = "compound 5@0.4"


def opened(page: Any) -> str:
    return str(page.locator("#drawer-name").inner_text())


def test_a_link_to_a_treatment_opens_it(visit: Callable[..., Any], made_page: Path) -> None:
    page = visit(made_page, f"#treatment={quote(NAME)}&colour=batch")
    assert opened(page) == NAME
    assert page.locator(".chosen-ring").count() == 1
    assert page.locator("[data-colour=batch]").get_attribute("aria-pressed") == "true"
    assert page.locator("tr.chosen").get_attribute("data-treatment") == NAME


def test_a_row_opens_its_treatment_and_the_back_button_closes_it(page: Any) -> None:
    page.locator(f'tr[data-treatment="{NAME}"] .thumb').click()
    assert opened(page) == NAME
    assert quote(NAME, safe="") in page.url
    page.go_back()
    page.wait_for_selector("#drawer", state="hidden")
    assert page.locator("tr.chosen").count() == 0
    page.go_forward()
    page.wait_for_selector("#drawer", state="visible")


def test_an_image_opens_its_treatment(page: Any) -> None:
    page.locator(f'#examples li[data-treatment="{NAME}"] img').first.click()
    assert opened(page) == NAME


def test_a_well_opens_its_treatment_everywhere(page: Any) -> None:
    rect = page.locator("#plate-list rect[data-well='3']")
    rect.click()
    name = opened(page)
    assert name == page.evaluate("(() => { const w = JSON.parse(one('#wells').textContent);"
                                 " return w.treatments[w.treatment[3]]; })()")  # fmt: skip
    assert page.locator("#plate-list rect.on").count() == 4, "one well on each plate"


def test_a_point_of_the_map_opens_its_treatment(page: Any) -> None:
    page.locator("#stage").scroll_into_view_if_needed()
    x, y = page.evaluate(
        "(() => { const b = atlas.stage.getBoundingClientRect(), [x, y] = atlas.field.place(20);"
        " return [b.left + x * b.width, b.top + y * b.height]; })()"
    )
    page.mouse.move(x, y)
    name = page.locator("#tip strong").inner_text()
    page.mouse.click(x, y)
    assert opened(page) == name


def test_a_neighbour_in_the_drawer_is_a_link_and_the_colour_stays(
    visit: Callable[..., Any], made_page: Path
) -> None:
    page = visit(made_page, f"#treatment={quote(NAME)}&colour=plate")
    link = page.locator("#drawer ul.links a").first
    name = link.inner_text()
    link.click()
    assert opened(page) == name
    assert "colour=plate" in page.url


def test_keys_open_close_and_go_on(page: Any) -> None:
    page.locator("tr[data-treatment] a.to").nth(3).focus()
    page.keyboard.press("Enter")
    first = opened(page)
    names = page.evaluate("all('#table tbody tr').map((row) => row.dataset.treatment)")
    assert first == names[3] or first in names
    page.keyboard.press("ArrowRight")
    assert opened(page) == names[names.index(first) + 1]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert opened(page) == names[names.index(first) - 1]
    page.keyboard.press("Escape")
    assert page.locator("#drawer").is_hidden()
    assert page.evaluate("document.activeElement.classList.contains('to')"), "the focus is back"


@pytest.mark.parametrize(
    "state", ["#treatment=nobody", "#colour=nothing&query=%%%", "#lasso=1.2_x"]
)
def test_a_state_that_makes_no_sense_is_a_page(
    visit: Callable[..., Any], made_page: Path, state: str
) -> None:
    page = visit(made_page, state)
    assert page.locator("#drawer").is_hidden()
    assert page.locator(".map .point").count() == 60


def test_an_anchor_of_the_contents_leaves_the_state(page: Any) -> None:
    page.locator(f'tr[data-treatment="{NAME}"] .thumb').click()
    page.locator('.contents a[href="#cost"]').click()
    assert opened(page) == NAME


def test_the_drawer_shows_what_sections_have(visit: Callable[..., Any], made_page: Path) -> None:
    """Cells with a scale bar, wells, neighbours, and the knock-outs of its mechanism."""
    page = visit(made_page, f"#treatment={quote('compound 6@0.6')}")
    parts = page.locator("#drawer-parts")
    assert parts.locator(".cells img").count() == 2, "its own and a control's"
    assert parts.locator(".bar-of b").first.inner_text() == "5 \u00b5m"
    assert parts.locator(".plate rect.on").count() == 4
    rows = parts.locator(".knock-out tbody tr")
    moa = page.evaluate("table.column('moa').at(table.rows('compound 6@0.6')[0])")
    assert [row.get_attribute("data-call") for row in rows.all()] == [moa]


def test_channels_are_turned_off_one_by_one(visit: Callable[..., Any], made_page: Path) -> None:
    page = visit(made_page, f"#treatment={quote(NAME)}")
    page.locator("#drawer .switch button", has_text="Tubulin").click()
    values = page.locator("#mix feColorMatrix").get_attribute("values").split()
    assert values[::6][:3] == ["1", "0", "1"], "red and blue stay"
    assert page.locator("#drawer .mixed img").count() > 0


def test_five_stains_are_mixed_anew(visit: Callable[..., Any], painted_page: Path) -> None:
    """Without two of them: the picture that the same light through three gives."""
    page = visit(painted_page, f"#treatment={quote(NAME)}")
    image = page.locator("#drawer .cells img").first
    for stain in ("ER", "Mito"):
        page.locator("#drawer .switch button", has_text=stain).click()
    page.wait_for_selector("#drawer .cells img[data-drawn='true,false,true,true,false']")
    shown = page.evaluate(
        "async (image) => { const c = document.createElement('canvas'); await image.decode();"
        " [c.width, c.height] = [image.naturalWidth, image.naturalHeight];"
        " const p = c.getContext('2d'); p.drawImage(image, 0, 0);"
        " return [...p.getImageData(0, 0, c.width, c.height).data]; }",
        image.element_handle(),
    )
    examples = RunContents.read(painted_page.parent).examples
    assert examples is not None
    number = int(image.get_attribute("data-number"))
    kept = [0, 2, 3]
    colours = channel_colours(examples.channels)
    small = shrink(examples.images[chosen(examples)[number]], side_for(len(examples.images)))
    expected = composite(small[kept] & 0xFC, [colours[c] for c in kept]).astype(int)
    own = np.array(shown).reshape(*expected.shape[:2], 4)[..., :3]
    assert np.abs(own - expected).max() <= 1
