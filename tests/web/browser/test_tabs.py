"""Blend, mask, link, compare, live and the calls: each walked in a real browser."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .steps import PAINTED, PHONE, WIDE, Opener, choose, gallery_painted, open_tab, painted, reload, upload


def test_a_blend_travels_in_the_address(visit: Opener, beach: Path) -> None:
    page = visit()
    upload(page, beach)
    choose(page, "udnie")
    page.locator("#blend button").first.click()
    page.locator("#third-style input").click()  # without a second one
    page.get_by_role("option", name="The Kiss").click()
    expect(page.locator("#caption h2")).to_contain_text("Udnie 50% + The Kiss 50%", timeout=PAINTED)
    painted(page)
    assert page.url.endswith("?style=udnie=0.5,the_kiss=0.5")
    reload(page)
    expect(page.locator("#third-style input")).to_have_value("The Kiss", timeout=PAINTED)

    again = visit(query=page.url.rpartition("/")[2])
    expect(again.locator("#caption h2")).to_contain_text("Udnie 50% + The Kiss 50%", timeout=PAINTED)
    expect(again.locator("#second-style input")).to_have_value("The Kiss")
    expect(again.locator("#second-share input[type=range]")).to_be_enabled()
    expect(again.locator("#third-share input[type=range]")).to_be_disabled()
    expect(again.locator('.tile[data-style="udnie"] .tile-choose')).to_have_attribute("aria-pressed", "true")


def test_tabs_are_in_the_address_and_back_leads_to_the_one_before(visit: Opener) -> None:
    page = visit()
    page.goto(f"{page.url}#compare")
    tab = page.locator("#tabs [role=tab][aria-selected=true]")
    expect(tab).to_have_text("Compare", timeout=PAINTED)
    open_tab(page, "Studio")
    choose(page, "udnie")
    expect(page).to_have_url(re.compile(r"\?style=udnie$"), timeout=PAINTED)
    open_tab(page, "About")
    expect(page).to_have_url(re.compile(r"\?style=udnie#about$"))
    page.evaluate("location.hash = '#model-card'")  # a part of the tab that is open
    page.go_back()
    expect(page).to_have_url(re.compile(r"#about$"))
    expect(tab).to_have_text("About")
    page.go_back()
    expect(tab).to_have_text("Studio")
    page.go_back()
    expect(tab).to_have_text("Compare")
    expect(page).to_have_url(re.compile(r"\?style=udnie#compare$"))  # an older entry, with the look of now
    page.go_forward()
    expect(tab).to_have_text("Studio")
    page.go_back()
    reload(page)
    expect(tab).to_have_text("Compare", timeout=PAINTED)
    expect(page.locator("#caption h2")).to_have_text("Udnie")


def test_a_link_sets_the_tools(visit: Opener) -> None:
    page = visit(PHONE, "?style=the_scream&strength=0.6&brush=1.5&keep_colors=1")
    expect(page.locator("#caption h2")).to_have_text("The Scream", timeout=PAINTED)
    expect(page.locator("#strength input[type=range]")).to_have_value("0.6")
    expect(page.locator("#brush input[type=range]")).to_have_value("1.5")
    expect(page.locator("#keep-colors input")).to_be_checked()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#copy-link button").click()
    expect(page.locator("#copy-link button")).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()").endswith(
        "?style=the_scream&strength=0.6&brush=1.5&keep_colors=1"
    )


def test_a_link_to_a_style_that_is_gone_gets_a_sentence(visit: Opener) -> None:
    page = visit(query="?style=no_such_style")
    expect(page.locator(".link-note")).to_contain_text("no_such_style", timeout=PAINTED)
    expect(page).to_have_url(re.compile("/$"))
    expect(page.locator("#caption h2")).to_have_text("The Great Wave off Kanagawa")


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_what_is_drawn_stays_a_photo(visit: Opener, beach: Path, size: tuple[int, int]) -> None:
    page = visit(size)
    upload(page, beach)
    choose(page, "the_scream")
    page.locator("#view-mode").get_by_text("Mask").click()
    page.locator("#slider canvas").scroll_into_view_if_needed()
    box = page.locator("#slider canvas").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, middle, steps=12)
    page.mouse.up()
    kept = """() => {
      const [photo, painting] = document.querySelectorAll("#slider img");
      if (!photo.naturalWidth || !painting.naturalWidth) return false;
      const row = (image, share) => {
        const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
        [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
        pen.drawImage(image, 0, 0);
        return pen.getImageData(canvas.width * 0.3, canvas.height * share, canvas.width * 0.4, 1).data;
      };
      const [drawn, rest] = [0.5, 0.9].map((share) => {
        const [a, b] = [row(photo, share), row(painting, share)];
        return a.reduce((sum, value, index) => sum + Math.abs(value - b[index]), 0) / a.length;
      });
      return drawn < 6 && rest > 6;
    }"""
    page.wait_for_function(kept, timeout=PAINTED)


def test_pins_are_compared_where_the_tab_is_in_a_menu(visit: Opener) -> None:
    page = visit((320, 700))
    for style in ("udnie", "the_kiss"):
        page.locator(f'.tile[data-style="{style}"] .tile-pin').click()
    assert page.locator('#tabs > .tab-wrapper [data-tab-id="compare"]').count() == 0  # it has no room
    page.locator(".pin-bar button").click()
    expect(page.locator(".panes img")).to_have_count(2, timeout=PAINTED)
    expect(page.locator("#grid-rows input")).to_have_value("Strength")


def test_pinned_paintings_hang_side_by_side(visit: Opener, beach: Path) -> None:
    page = visit()
    upload(page, beach)
    expect(page.locator(".gallery-status")).to_have_attribute("data-state", "gallery_done", timeout=PAINTED)

    def pin(style: str) -> None:
        tile = page.locator(f'.tile[data-style="{style}"]')
        tile.hover()
        tile.locator(".tile-pin").click()

    for style in ("starry_night", "great_wave", "udnie", "the_scream", "the_kiss"):
        pin(style)
    expect(page.locator(".pin-bar")).to_contain_text("4 at most: The Starry Night gave way")
    pin("great_wave")  # no longer
    expect(page.locator(".pin-bar")).to_contain_text("3 pinned")
    page.locator(".pin-bar button").click()
    expect(page.locator(".panes img")).to_have_count(3, timeout=PAINTED)
    assert page.evaluate("scrollY") == 0  # where they hang
    expect(page.locator("#grid-rows input")).to_have_value("Strength")
    expect(page.locator("#comparison-slider img")).to_have_count(2, timeout=PAINTED)
    page.get_by_role("button", name="+").click()
    moved = page.locator(".panes img").evaluate_all("images => new Set(images.map(i => i.style.transform)).size")
    assert moved == 1
    left = page.locator("#comparison-slider img").first
    before = left.get_attribute("src") or ""
    page.locator("#left input").click()
    page.get_by_role("option", name="Photo").click()
    expect(left).not_to_have_attribute("src", before, timeout=PAINTED)
    with page.expect_download() as download:
        page.locator("#comparison-sheet").click()
    assert download.value.suggested_filename == "beach-sheet.png"


def test_the_whole_gallery_is_one_download(visit: Opener, beach: Path) -> None:
    page = visit()
    upload(page, beach)
    with page.expect_download(timeout=PAINTED) as download:
        page.locator("#gallery-sheet").click(timeout=PAINTED)
    assert download.value.suggested_filename == "beach-wall.png"


def test_the_camera_is_painted_as_it_moves(visit: Opener) -> None:
    page = visit(PHONE)
    open_tab(page, "Moving")
    page.locator(".camera-start").click()
    page.wait_for_function("Number(document.querySelector('.camera-rate').dataset.frames) > 3", timeout=PAINTED)
    expect(page.locator(".camera-rate")).to_contain_text("pictures a second")
    open_tab(page, "Studio")  # leaving the tab lets go of the camera
    expect(page.locator(".camera-start")).to_have_text("Start the camera", timeout=PAINTED)


def test_a_frame_of_the_camera_comes_to_the_easel(visit: Opener) -> None:
    page = visit()
    open_tab(page, "Moving")
    page.locator(".camera-start").click()
    page.wait_for_function("Number(document.querySelector('.camera-rate').dataset.frames) > 0", timeout=PAINTED)
    expect(page.locator(".camera-place")).to_contain_text("on the server")
    # The fake device has one camera, which stays. No frame of it is there yet when one is asked for.
    page.evaluate("for (const name of ['turn', 'take']) document.querySelector(`.camera-${name}`).click()")
    expect(page.locator(".tile").first).to_be_visible(timeout=PAINTED)
    gallery_painted(page)
    expect(page.locator(".camera-start")).to_have_text("Start the camera")


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_calls_run_as_they_are_pasted(visit: Opener, beach: Path, tmp_path: Path) -> None:
    page = visit((1440, 1800))  # the code view draws only the lines that are seen
    open_tab(page, "About")
    beach.rename(tmp_path / "photo.jpg")
    expect(page.locator("#api-curl .cm-content")).to_contain_text(page.url.partition("/#")[0])
    code = "\n".join(page.locator("#api-curl .cm-line").all_inner_texts())
    answer = subprocess.run(["bash", "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert (tmp_path / "painting.png").read_bytes().startswith(b"\x89PNG")
    assert '"udnie"' in answer.stdout
    code = "\n".join(page.locator("#api-python .cm-line").all_inner_texts())
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert ".png" in answer.stdout
