"""By regions: the subject cut out, a style for each part, masks corrected, in one link."""

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from .steps import PAINTED, PHONE, Opener, reload, settled, upload


def answered(page: Page) -> None:
    status = page.locator('.request-status[data-kind="viewer"]')
    expect(status).to_have_attribute("data-state", "answered", timeout=PAINTED)


def regions(page: Page, text: str) -> None:
    """The address holds these regions, and they are painted."""
    expect(page).to_have_url(re.compile(rf"regions={re.escape(text)}$"), timeout=PAINTED)
    answered(page)


def drag(page: Page) -> None:
    """Draw across the picture, high on its left."""
    box = page.locator("#slider canvas").bounding_box()
    assert box is not None
    for at in (0.1, 0.3):
        page.mouse.move(box["x"] + at * box["width"], box["y"] + 0.2 * box["height"], steps=4)
        page.mouse.down()
    page.mouse.up()


def covered(page: Page) -> float:
    """The share of the canvas that the mask on it covers."""
    return float(
        page.evaluate("""() => {
          const canvas = document.querySelector("#slider canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.filter((value, index) => index % 4 === 3 && value > 127).length / (data.length / 4);
        }""")
    )


def test_the_subject_is_cut_out_and_each_part_has_a_style(visit: Opener, beach: Path) -> None:  # long: one visit
    page = visit()
    chip = page.locator(".region-chip")
    expect(page.locator(".regions")).to_be_hidden()  # until it is wanted
    page.locator(".regions-open").click()
    page.locator(".regions-cut-out").click()  # before it is known what the photo shows, and before another one comes
    upload(page, beach)
    expect(page.locator(".viewer-photo")).to_have_attribute("src", re.compile("beach"), timeout=PAINTED)
    regions(page, "background")
    expect(page.locator('.region-chip[data-region="subject"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#caption .told-regions")).to_have_text("Background: The photo stays")

    # a style of the wall is for the active part, the last tap counts, and the wall says so
    expect(page.locator(".gallery-region")).to_contain_text("Subject")
    for style in ("the_kiss", "the_scream", "udnie"):
        page.locator(f'.tile[data-style="{style}"] .tile-choose').click()
    regions(page, "background%3Bsubject=udnie")
    expect(page.locator("#caption h2")).to_have_text("Udnie")
    expect(page.locator(".tile.selected")).to_have_attribute("data-style", "udnie")
    strength = page.locator(".region-strength input")
    strength.focus()
    strength.press("ArrowLeft")
    regions(page, "background%3Bsubject=udnie@0.95")
    page.locator(".gallery-region button").click()
    expect(page.locator(".tile.selected")).to_have_attribute("data-style", "great_wave")

    # by keyboard: a part is seen while its chip has the focus
    page.locator(".regions-faces input").focus()
    page.keyboard.press("Space")
    regions(page, "background%3Bsubject=udnie@0.95%3Bface")
    page.keyboard.press("Tab")
    expect(chip.first).to_be_focused()
    expect(page.locator("#viewer")).to_have_attribute("data-veil", "on")
    page.keyboard.press("Enter")
    expect(page.locator(".region-detail legend")).to_have_text("Subject")
    page.keyboard.press("Escape")
    expect(page.locator(".region-detail")).to_be_hidden()

    # the mask, corrected
    chip.first.click()
    page.locator(".region-correct").click()
    expect(page.locator("#viewer")).to_have_attribute("data-view", "region")
    page.wait_for_function("document.activeElement?.matches('#slider canvas')")
    page.locator("#viewer").evaluate("(viewer) => viewer.scrollIntoView()")
    found = covered(page)
    drag(page)
    expect(page.locator(".region-uncorrect")).to_be_visible()
    assert covered(page) > found + 0.01
    answered(page)
    corrected = covered(page)
    page.locator(".region-done").click()
    expect(page.locator("#viewer")).to_have_attribute("data-view", "split")

    # loaded anew, and undone
    reload(page)
    expect(page.locator(".region-chip small").first).to_have_text("Udnie 95%", timeout=PAINTED)
    page.wait_for_function("window.stylize.byRegion?.[1].length > 100", timeout=PAINTED)
    answered(page)
    expect(page.locator(".regions-faces input")).to_be_checked()
    chip.first.click()
    page.locator(".region-correct").click()
    page.wait_for_function("document.activeElement?.matches('#slider canvas')")
    assert abs(covered(page) - corrected) < 0.005
    page.locator(".region-uncorrect").click()
    expect(page.locator(".region-uncorrect")).to_be_hidden()
    page.wait_for_function("window.stylize.byRegion[1] === ''")
    answered(page)
    looks = page.locator(".history-looks button")
    expect(looks).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(page.locator(".region-uncorrect")).to_be_visible()

    # another photo has the same styles and other parts
    page.locator("#examples button").nth(1).click()
    expect(page.locator(".viewer-photo")).to_have_attribute("src", re.compile("chelsea"), timeout=PAINTED)
    expect(page.locator('.region-chip[data-region="cat"]')).to_be_visible()
    expect(page.locator(".region-chip.missing")).to_have_attribute("data-region", "face")
    expect(page.locator("#viewer")).to_have_attribute("data-view", "split")
    settled(page)
    with page.expect_download() as download:
        page.locator("#png").click()
    assert download.value.suggested_filename == "chelsea-regions-background-photo-subject-udnie-face-photo.png"


def test_a_link_shows_its_regions_and_one_without_a_subject_offers_to_draw_it(visit: Opener, tmp_path: Path) -> None:
    page = visit(PHONE, "?style=udnie&regions=cat=the_kiss@0.5%3Bbackground", locale="zh-CN")
    expect(page.locator('.region-chip[data-region="cat"] small')).to_have_text("吻 50%", timeout=PAINTED)
    expect(page.locator("#caption .told-regions")).to_have_text("猫: 吻 50% · 背景: 保留照片", timeout=PAINTED)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    page.locator(".regions-cut-out").click()  # all of the background is painted again
    regions(page, "cat=the_kiss@0.5")
    Image.new("RGB", (300, 200), (120, 150, 180)).save(tmp_path / "fog.png")
    upload(page, tmp_path / "fog.png")
    expect(page.locator(".viewer-photo")).to_have_attribute("src", re.compile("fog"), timeout=PAINTED)
    expect(page.locator(".regions-status")).to_have_attribute("data-state", "regions_none", timeout=PAINTED)
    page.locator(".regions-draw").click()
    page.locator("#viewer").evaluate("(viewer) => viewer.scrollIntoView()")
    page.wait_for_function("document.activeElement?.matches('#slider canvas')")
    drag(page)
    regions(page, "cat=the_kiss@0.5%3Bbackground")
    expect(page.locator(".regions-draw")).to_be_hidden()
    settled(page)
