"""How a device is tried: half precision or single, right or wrong, quick or slow, and what is remembered of it."""

import pytest
from playwright.sync_api import Browser

from .scripts import script_page

OPENED = """async ([offered, right]) => {
  const { openTested } = await import("./webgpu/tested.js");
  window.givenUp = 0;
  window.open = async (half) => (offered.includes(half) ? { half, close: () => window.givenUp++ } : null);
  window.right = right;
  const found = await openTested({ expected: null });
  return [found && [found.painter.half, found.right], window.givenUp];
}"""
PAINTER = "export const WebGpuPainter = { open: (model, half) => window.open(half) };"
TEST = "export const selfTest = async ({ half }) => ({ right: window.right.includes(half), seconds: 1 });"

TRIED = """async () => {
  const { knownPicture, selfTest } = await import("./webgpu/self_test.js");
  const about = { sha256: "0".repeat(64), test: { style: "a", width: 8, height: 6 } };
  const expected = Uint8Array.from(knownPicture(about.test).data.filter((_, i) => i % 4 < 3));
  const painters = {};
  const attempt = async (name, { wrong = 0, delays = [0], device = "gpu", half = false, later = 0 }) => {
    let runs = 0;
    const paint = async (image) => {
      const until = performance.now() + delays[Math.min(runs++, delays.length - 1)];
      while (performance.now() < until);
      return { data: image.data.map((level) => (wrong ? 255 - level : level)) };
    };
    const now = Date.now;
    Date.now = () => now() + later;
    const painter = { about, half, device: { adapterInfo: { vendor: device } }, paint, vector: () => null };
    const { right, seconds } = await selfTest(painter, expected);
    Date.now = now;
    painters[name] = { right, slow: seconds > 0.1, runs };
  };
  await attempt("busy at first", { delays: [0, 150, 0] });
  await attempt("again", { wrong: 1 });
  await attempt("other precision", { half: true, wrong: 1 });
  await attempt("other processor", { device: "other", delays: [0, 600] });
  await attempt("tomorrow", { device: "other", later: 25 * 3600 * 1000 });
  localStorage.setItem("stylize-webgpu", "{");
  await attempt("unreadable", {});
  return painters;
}"""


@pytest.mark.parametrize(
    ("offered", "right", "found"),
    [
        ([True, False], [True, False], [[True, True], 0]),  # half precision where it is right
        ([True, False], [False], [[False, True], 1]),  # single where half is wrong
        ([False], [False], [[False, True], 0]),
        ([True, False], [], [[False, False], 1]),
        ([], [], [None, 0]),
    ],
)
def test_half_precision_is_taken_where_it_is_right(
    browser: Browser, offered: list[bool], right: list[bool], found: list[object]
) -> None:
    page = script_page(browser, painter=PAINTER, self_test=TEST)
    assert page.evaluate(OPENED, [offered, right]) == found
    page.close()


def test_what_a_device_can_is_remembered_for_a_day(browser: Browser) -> None:
    page = script_page(browser)
    assert page.evaluate(TRIED) == {
        "busy at first": {"right": True, "slow": False, "runs": 4},
        "again": {"right": True, "slow": False, "runs": 0},
        "other precision": {"right": False, "slow": False, "runs": 4},
        "other processor": {"right": True, "slow": True, "runs": 2},
        "tomorrow": {"right": True, "slow": False, "runs": 4},
        "unreadable": {"right": True, "slow": False, "runs": 4},
    }
    page.close()
