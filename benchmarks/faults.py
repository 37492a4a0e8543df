"""Kill a process while it writes, and fill its disk, over and over: there must never be half a file.

python -m benchmarks.faults --rounds 100 --out docs/reliability.md

A child process writes one of everything that this project writes, again and again into the same files, several at a
time. A round kills it at a random moment, or lets the disk run full at a random size; what it wrote is then read.
"""

from __future__ import annotations

import argparse
import itertools
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from benchmarks import report

ROOT = Path(__file__).resolve().parent.parent
FILES = ("a.png", "a.jpg", "a.webp", "a.safetensors", "a.mp4", "a.gif", "checkpoint.pt", "painter.onnx")
BEGUN = 240  # seconds in which the child must have written everything once
AFTER = (0.0, 0.3)  # seconds from there to its end
LARGEST = 120_000  # bytes to which the files of a round on a full disk may grow, at most
FRAMES = 8  # of the film and the animation


def main(argv: list[str] | None = None) -> int:
    """The command. Returns 1 if a file was half written."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=100, help="of each kind of fault; default %(default)s")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the results into")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--limit", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.write:
        return _write(arguments.write, arguments.limit)
    found = {"killed while writing": Counter[str](), "disk full while writing": Counter[str]()}
    for seed in range(arguments.rounds):
        found["killed while writing"] += killed(seed)
        found["disk full while writing"] += filled(seed)
    head = ["fault", "rounds", "files found whole", "files not there yet", "half files", "tracebacks"]
    rows = [[n, arguments.rounds, c["whole"], c["absent"], c["half"], c["traceback"]] for n, c in found.items()]
    about = f"PNG, JPEG, WebP, style file, film, animation, checkpoint and network. On {report.machine()}"
    command = f"`python -m benchmarks.faults --rounds {arguments.rounds}`"
    report.publish("faults", f"## Faults\n\n{report.table(head, rows)}\n\n{about} {command}.\n", arguments.out)
    return int(any(c["half"] or c["traceback"] for c in found.values()))


def killed(seed: int) -> Counter[str]:
    """What a process left that was killed while it wrote."""
    with tempfile.TemporaryDirectory() as name, _child(Path(name)) as child:  # waits for the child at the end
        end = time.monotonic() + BEGUN
        try:
            while any(not (Path(name) / file).exists() for file in FILES):
                if child.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("the child did not write")
                time.sleep(0.01)
            time.sleep(random.Random(seed).uniform(*AFTER))
        finally:
            child.kill()
        child.wait()
        return Counter(state(Path(name) / file) for file in FILES)


def filled(seed: int) -> Counter[str]:
    """What a process left whose files could grow to a random size only; it must say so in one line each."""
    with tempfile.TemporaryDirectory() as name:
        with _child(Path(name), random.Random(seed).randrange(LARGEST)) as child:
            _, said = child.communicate()
        count = Counter(state(Path(name) / file) for file in FILES)
        count["half"] += sum(1 for path in Path(name).iterdir() if path.name not in (*FILES, "source"))
        count["traceback"] = said.count(b"Traceback")
        return count


def state(path: Path) -> str:
    """Whether a file is "whole", "half" or "absent"."""
    if not path.exists():
        return "absent"
    try:
        _READERS[path.suffix](path)
    except Exception as error:
        print(f"{path.name}: {error!r}", file=sys.stderr)
        return "half"
    return "whole"


def _child(folder: Path, limit: int | None = None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.faults", "--write", str(folder)]
    command += [] if limit is None else ["--limit", str(limit)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE if limit is not None else subprocess.DEVNULL)


def _write(folder: Path, limit: int | None) -> int:
    """The child: write everything for ever, each from a thread of its own; with a limit, once."""
    import onnx

    from stylize import StylizeError, Stylizer, imaging, styles
    from stylize.paths import MODELS
    from stylize.training.checkpoint import write_checkpoint
    from stylize.training.export.graph_builder import write_model
    from stylize.training.models.painter import Painter, Shape

    stylizer, source = Stylizer(device="cpu", threads=1), folder / "source"
    source.mkdir()
    frames = [report.photo(96, 72 + i).resize((96, 72)) for i in range(FRAMES)]
    frames[0].save(source / "clip.gif", save_all=True, append_images=frames[1:], duration=40)
    stylizer.video(source / "clip.gif", source / "clip.mp4", "udnie")
    large = report.photo(500, 400)
    checkpoint = {"step": 0, "painter": Painter(Shape(16, 32, 2, 16)).state_dict()}
    network = onnx.load(MODELS / "painter.onnx", load_external_data=False)  # styles are its other file
    writers: list[Callable[[], object]] = [
        *(lambda n=n: imaging.write(large, folder / n) for n in FILES[:3]),
        lambda: styles.save(stylizer.styles["udnie"], folder / "a.safetensors"),
        lambda: stylizer.video(source / "clip.mp4", folder / "a.mp4", "udnie", brush=4.0),
        lambda: stylizer.video(source / "clip.gif", folder / "a.gif", "udnie", brush=4.0),
        lambda: write_checkpoint(checkpoint, folder / "checkpoint.pt"),
        lambda: write_model(network, folder / "painter.onnx"),
    ]
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    def work(write: Callable[[], object]) -> None:
        for _ in itertools.count() if limit is None else range(1):
            try:
                write()
            except (StylizeError, OSError) as error:
                print(error, file=sys.stderr)

    threads = [threading.Thread(target=work, args=(write,)) for write in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0


def _read_picture(path: Path) -> None:
    from stylize import imaging

    imaging.read(path)


def _read_style(path: Path) -> None:
    from stylize import styles

    styles.load(path)


def _read_film(path: Path) -> None:
    import av

    with av.open(str(path)) as film:
        if sum(1 for _ in film.decode(video=0)) != FRAMES:
            raise ValueError("frames are missing")


def _read_animation(path: Path) -> None:
    with Image.open(path) as image:
        for index in range(FRAMES):
            image.seek(index)
            image.load()


def _read_checkpoint(path: Path) -> None:
    from stylize.training.checkpoint import read_checkpoint

    read_checkpoint(path)


def _read_network(path: Path) -> None:
    import onnx

    onnx.load(path, load_external_data=False)


_READERS: dict[str, Callable[[Path], None]] = {
    ".png": _read_picture,
    ".jpg": _read_picture,
    ".webp": _read_picture,
    ".safetensors": _read_style,
    ".mp4": _read_film,
    ".gif": _read_animation,
    ".pt": _read_checkpoint,
    ".onnx": _read_network,
}

if __name__ == "__main__":
    sys.exit(main())
