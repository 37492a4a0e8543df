"""What SECURITY.md promises: nothing goes out, nothing is unpickled, nothing about the photographer is passed on."""

import ast
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

ROOT = Path(__file__).resolve().parent.parent
SECRET = "Rue de la Paix 12, camera 4711"

# A page in a network of its own (where this process may make one) that has no way out: the kernel counts every attempt,
# also of libraries in C++; Python's audit hook sees the others, and every unpickling.
PAGE = r"""
import ctypes, fcntl, json, os, re, socket, struct, sys, threading, time, urllib.request
from pathlib import Path

apart = ctypes.CDLL(None).unshare(0x40000000) == 0  # CLONE_NEWNET
if apart:
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS: loopback is up
asked, unpickled = [], []

def watch(event, arguments):
    if event == "pickle.find_class":
        unpickled.append(str(arguments))
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        address = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
        host = address if isinstance(address, str | bytes | None) else address[0]
        if not re.match(r"127\.|::1$|localhost$|0\.0\.0\.0$|/|$", os.fsdecode(host or "")):
            asked.append(f"{event} {address}")

def without_route():
    found = dict(zip(*(line.split()[1:] for line in open("/proc/net/snmp") if line.startswith("Ip:"))))
    six = dict(line.split() for line in open("/proc/net/snmp6")) if Path("/proc/net/snmp6").exists() else {}
    return int(found["OutNoRoutes"]) + int(six.get("Ip6OutNoRoutes", 0))

sys.addaudithook(watch)
before = without_route()
sys.path.insert(0, os.getcwd())
import app
import stylize.web.app
from stylize.web.app import build_demo, launch_options
stylize.web.app.CLEAN_SECONDS = stylize.web.app.KEEP_SECONDS = 2
_, url, _ = build_demo().launch(**launch_options(), prevent_thread_lock=True, quiet=True)
url = url.rstrip("/")

def ask(path, data=None, kind="application/json"):
    with urllib.request.urlopen(urllib.request.Request(url + path, data, {"Content-Type": kind})) as answer:
        return answer.read().decode(errors="replace")

ask("/")
ask("/config")
photo = Path(sys.argv[1]).read_bytes()
form = b'--b\r\nContent-Disposition: form-data; name="files"; filename="secret.jpg"\r\n\r\n%b\r\n--b--\r\n' % photo
(path,) = json.loads(ask("/gradio_api/upload", form, "multipart/form-data; boundary=b"))
data = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}, "udnie", 1, False, 1]}
for call in ("stylize", "compare"):
    body = json.dumps({"data": data["data"][: 1 if call == "compare" else 5]}).encode()
    event = json.loads(ask(f"/gradio_api/call/{call}", body))["event_id"]
    assert "event: complete" in ask(f"/gradio_api/call/{call}/{event}")
went_out = without_route() - before
folder = Path(os.environ["GRADIO_TEMP_DIR"])
lying = len(list(folder.rglob("secret*")))
end = time.monotonic() + 40
while list(folder.rglob("secret*")) and time.monotonic() < end:
    time.sleep(0.1)
with socket.socket() as control:
    control.settimeout(0.01)
    control.connect_ex(("192.0.2.1", 9))  # an address for documentation: that the counting works
import gradio.analytics, huggingface_hub.constants
print(json.dumps({
    "asked": asked[:-1], "control": asked[-1:], "unpickled": unpickled, "apart": apart, "went out": went_out,
    "control counted": without_route() - before - went_out, "lying": lying, "left": len(list(folder.rglob("secret*"))),
    "telemetry": [os.environ.get("ORT_DISABLE_TELEMETRY"), gradio.analytics.analytics_enabled(),
                  huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY],
    "torch": "torch" in sys.modules,
}), flush=True)
os._exit(0)
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory, astronaut):
    photo = tmp_path_factory.mktemp("privacy") / "secret.jpg"
    astronaut.resize((64, 48)).save(photo)
    given = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-c", PAGE, str(photo)]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_no_call_ever_leaves_the_machine(page):
    assert page["control"] == ["socket.connect ('192.0.2.1', 9)"]
    assert page["asked"] == []
    if page["apart"]:
        assert page["control counted"] == 1
        assert page["went out"] == 0


def test_telemetry_is_off_everywhere(page):
    assert page["telemetry"] == ["1", False, True]


def test_uploads_and_paintings_are_deleted_by_age(page):
    assert page["lying"] > 0
    assert page["left"] == 0


def test_nothing_is_unpickled_while_a_page_serves(page):
    assert page["unpickled"] == []
    assert not page["torch"]


UNSAFE = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}


@pytest.mark.parametrize("path", sorted((ROOT / "stylize").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_module_can_unpickle(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            assert not UNSAFE & {name.split(".")[0] for name in names}
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
            options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            assert options.get("weights_only") == "True"
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert ast.unparse(node.value) == "False"


def told(kind: str, image: Image.Image) -> bytes:
    """A file that tells place, camera and author in every way its format knows."""
    exif = Image.Exif()
    exif[0x010F] = exif[0x013B] = exif[0x8298] = SECRET
    exif.get_ifd(0x8825)[1], exif.get_ifd(0x8825)[0x1D] = "N", SECRET
    exif.get_ifd(0x8769)[0xA431] = SECRET
    options = {"exif": exif}
    if kind in ("JPEG", "GIF"):
        options["comment"] = SECRET
    if kind in ("JPEG", "WEBP", "PNG", "AVIF", "HEIF"):
        options["xmp"] = f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode()
    if kind == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", SECRET)
    if kind == "GIF":
        del options["exif"]
    if kind == "TIFF":
        options["description"] = SECRET
    file = io.BytesIO()
    image.save(file, kind, **options)
    assert SECRET.encode() in file.getvalue()
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "HEIF", "AVIF"])
def test_a_painting_tells_nothing_of_who_took_the_photo_and_where(painter, photo, tmp_path, kind):
    from stylize import imaging

    painted = painter(told(kind, photo), "udnie")
    for name in ("a.png", "a.jpg", "a.webp"):
        assert SECRET.encode() not in imaging.write(painted, tmp_path / name).read_bytes()
    assert not painted.getexif()
    assert set(painted.info) <= {"dpi"}


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".mov"])
def test_a_painted_film_tells_nothing_either(painter, tmp_path, ending):
    with av.open(str(tmp_path / f"in{ending}"), "w") as film:
        film.metadata.update({"title": SECRET, "location": "+48.8+002.3/", "comment": SECRET, "artist": SECRET})
        stream = film.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "yuv420p"
        stream.metadata["handler_name"] = SECRET
        sound = film.add_stream("aac", rate=44100)
        sound.metadata["title"] = SECRET
        for _ in range(3):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((24, 32, 3), np.uint8), format="rgb24")))
            quiet = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
            quiet.rate = 44100
            film.mux(sound.encode(quiet))
        film.mux([*stream.encode(None), *sound.encode(None)])
    assert SECRET.encode() in (tmp_path / f"in{ending}").read_bytes()
    painted = painter.video(tmp_path / f"in{ending}", tmp_path / f"out{ending}", "udnie").read_bytes()
    assert SECRET.encode() not in painted
    assert b"+48.8" not in painted


def test_a_painted_animation_tells_nothing_either(painter, photo, tmp_path):
    for name, options in (("a.gif", {"comment": SECRET}), ("a.webp", {"xmp": SECRET.encode()})):
        photo.save(tmp_path / name, save_all=True, append_images=[photo.rotate(9)], **options)
        painted = painter.video(tmp_path / name, tmp_path / f"out-{name}", "udnie")
        assert SECRET.encode() not in painted.read_bytes()
