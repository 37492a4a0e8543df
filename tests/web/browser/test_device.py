"""What the visitor's own device paints, with a processor in place of one: the camera, and previews of the controls."""

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from stylize.paths import STATIC

from .steps import PAINTED, open_tab, upload

TRUST = """async () => {
  const { WebGpuPainter, loadModel } = await import("/device/webgpu/painter.js");
  const { remember } = await import("/device/webgpu/self_test.js");
  const painter = await WebGpuPainter.open(await loadModel("/device/model/painter.json"));
  remember(painter, { right: true, seconds: 0.01 });
  painter.close();
}"""


def trust(page: Page) -> None:
    """Let the page believe that its device has passed the test: it is right, and as slow as a processor is."""
    page.evaluate(TRUST)


def test_a_device_that_can_paints_the_camera_itself(gpu_browser: Browser, url: str) -> None:
    page = gpu_browser.new_page()
    frames: list[str] = []
    page.on("request", lambda request: frames.append(request.url) if "component_server" in request.url else None)
    script = (STATIC / "webgpu" / "camera.js").read_text()
    small = re.sub("SIDES = .*;", "SIDES = { least: 48, first: 48, most: 48 };", script)
    page.route("**/webgpu/camera.js", lambda route: route.fulfill(body=small, content_type="text/javascript"))
    page.goto(url)
    open_tab(page, "Moving")
    trust(page)
    page.locator(".camera-start").click()
    expect(page.locator(".camera-place")).to_contain_text("no frame leaves it", timeout=PAINTED)
    sent, seen = len(frames), int(page.locator(".camera-rate").get_attribute("data-frames") or 0)
    page.wait_for_function(
        f"Number(document.querySelector('.camera-rate').dataset.frames) > {seen + 1}", timeout=PAINTED
    )
    assert len(frames) == sent
    page.locator(".camera-start").click()
    expect(page.locator(".camera-start")).to_have_text("Start the camera")
    page.close()


def test_a_device_previews_what_the_controls_ask_for(gpu_browser: Browser, url: str, tmp_path: Path) -> None:
    page = gpu_browser.new_page()
    listen = """document.addEventListener("stylize:request", ({ detail: { kind, values } }) => {
      if (kind === "viewer" && values) window.asked = values;
    })"""
    page.add_init_script(listen)
    page.goto(f"{url}?style=udnie")
    expect(page.locator(".viewer-painting")).to_have_attribute("alt", re.compile("Udnie"), timeout=PAINTED)
    Image.new("RGB", (16, 12), "gray").save(tmp_path / "small.png")
    upload(page, tmp_path / "small.png")
    expect(page.locator("#caption .facts")).to_contain_text("16 × 12", timeout=PAINTED)
    expect(page.locator("#viewer")).to_have_attribute("data-painting", "painted", timeout=PAINTED)
    trust(page)
    assert page.evaluate("async () => Boolean(await window.stylize.openDevice())")
    page.evaluate("""() => {
      const tell = (state, values) =>
        document.dispatchEvent(new CustomEvent("stylize:request", { detail: { kind: "viewer", state, values } }));
      window.ask = (strength) => tell("open", window.asked.with(9, strength));
      window.ask(0.8); // by hand: a server that holds its answer back is taken for one that is away
      window.ask(0.6);
    }""")
    expect(page.locator("#viewer")).to_have_attribute("data-painting", "preview", timeout=PAINTED)
    expect(page.locator("#viewer")).to_have_attribute("data-previews", "1")  # what came between is left out
    assert (page.locator(".viewer-painting").get_attribute("src") or "").startswith("blob:")
    page.close()
