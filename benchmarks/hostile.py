"""Feed hostile files and arguments to the library, each in a process that may die, and count what comes of it.

python -m benchmarks.hostile --files 10000
python -m benchmarks.hostile --only picture --seed 4711 --files 1     one again, the error in full

Every input must end in a painting or in one StylizeError of one line, within 10 seconds of processor time and 2 GB.
Of other kinds than pictures there are fewer. What fails is saved with its seed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import select
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Trial = Callable[[random.Random], None]

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 10.0  # of processor time for one input
PATIENCE = 300.0  # seconds of the clock, on a machine that does other things
MEGABYTES = 2048.0  # resident
SMALL = 64  # longer side at which a picture that could be read is painted, pixels
FILM_SECONDS = 5.0  # after which a film is cancelled
LINE = 1000  # characters of a sentence

# inputs of each kind for each picture
SHARES = {"picture": 1.0, "style": 0.2, "network": 0.05, "film": 0.05, "arguments": 0.1, "link": 0.1}


def main(argv: list[str] | None = None) -> int:
    """The command. Returns 1 if something failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=10_000, help="pictures; default %(default)s")
    parser.add_argument("--only", nargs="+", choices=list(SHARES), default=list(SHARES), help="kinds of input")
    parser.add_argument("--seed", type=int, default=0, help="of the first input of each kind")
    parser.add_argument("--keep", type=Path, default=ROOT / "runs" / "hostile", help="a folder for what fails")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the results into")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.worker:
        return _serve()
    from benchmarks import report

    started, counts = time.perf_counter(), []
    with _Worker() as worker:
        for kind in arguments.only:
            count = max(1, round(arguments.files * SHARES[kind]))
            counts.append(_run(worker, kind, range(arguments.seed, arguments.seed + count), arguments.keep))
    rows = [
        [c.kind, sum(c.verdicts.values()), c.verdicts["painted"], c.verdicts["refused"], c.verdicts["failed"],
         f"{c.seconds:.1f}", f"{c.megabytes:.0f}"]
        for c in counts
    ]  # fmt: skip
    head = ["input", "tried", "painted or read", "one sentence", "failed", "longest, s of processor time", "MB at most"]
    about = f"{(time.perf_counter() - started) / 60:.0f} minutes, one worker process. On {report.machine()}"
    command = f"`python -m benchmarks.hostile --files {arguments.files}`"
    report.publish("hostile", f"## Inputs\n\n{report.table(head, rows)}\n\n{about} {command}.\n", arguments.out)
    return int(any(c.verdicts["failed"] for c in counts))


@dataclass
class Count:
    """What came of the inputs of one kind."""

    kind: str
    verdicts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    megabytes: float = 0.0


def _run(worker: _Worker, kind: str, seeds: range, keep: Path) -> Count:
    count = Count(kind)
    for seed in seeds:
        answer = worker.ask(kind, seed)
        count.verdicts[answer["verdict"]] += 1
        count.seconds = max(count.seconds, answer["seconds"])
        count.megabytes = max(count.megabytes, answer["megabytes"])
        if answer["verdict"] == "failed" or len(seeds) == 1:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{kind}-{seed}.json").write_text(json.dumps(answer, indent=1))
            print(f"{kind} {seed}: {answer['verdict']}: {answer['said']}", file=sys.stderr, flush=True)
    return count


class _Worker:
    """The process that meets the inputs; started again when it dies or has to be ended."""

    def __enter__(self) -> _Worker:
        self._log = tempfile.TemporaryFile()
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def ask(self, kind: str, seed: int) -> dict[str, Any]:
        """The verdict on one input."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        begin, before = time.perf_counter(), _processor_seconds(self._process.pid)
        self._process.stdin.write(f"{kind} {seed}\n".encode())
        self._process.stdin.flush()
        while not select.select([self._process.stdout], [], [], 0.05)[0]:
            spent, resident = _processor_seconds(self._process.pid) - before, _resident(self._process.pid)
            too_long = spent > SECONDS or time.perf_counter() - begin > PATIENCE
            if too_long or resident > MEGABYTES:
                self._process.kill()
                said = f"ended after {spent:.1f} s of processor time with {resident:.0f} MB"
                return self._again(said, spent, resident)
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            said = f"died with {self._process.wait()}: {self._log.read()[-300:].decode(errors='replace')}"
            return self._again(said, 0.0, 0.0)
        answer: dict[str, Any] = json.loads(line)
        if answer["seconds"] > SECONDS or answer["megabytes"] > MEGABYTES:
            answer |= {"verdict": "failed", "said": f"too much: {answer}"}
        return answer

    def _again(self, said: str, seconds: float, megabytes: float) -> dict[str, Any]:
        self._process.wait()
        self._start()
        return {"verdict": "failed", "said": said, "seconds": seconds, "megabytes": megabytes}

    def _start(self) -> None:
        self._log.seek(0)
        self._log.truncate()
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.hostile", "--worker"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()  # ready


def _serve() -> int:
    """The worker: reads lines "kind seed", answers each with a line of JSON."""
    from benchmarks import mutations

    with tempfile.TemporaryDirectory() as folder:
        answers = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)  # what libraries print is no answer
        tried = trials(Path(folder))
        mutations.sound_pictures()  # seconds that no input should be charged for
        print("ready", file=answers, flush=True)
        for line in sys.stdin:
            kind, seed = line.split()
            _forget_peak()
            begin = time.process_time()
            verdict, said = judged(tried[kind], random.Random(f"{kind} {seed}"))
            spent = time.process_time() - begin
            answer = {"verdict": verdict, "said": said, "seconds": spent, "megabytes": _peak()}
            print(json.dumps(answer), file=answers, flush=True)
    return 0


def judged(trial: Trial, chance: random.Random) -> tuple[str, str]:
    """Verdict ("painted", "refused" or "failed") and what was said."""
    from stylize import StylizeError

    try:
        trial(chance)
    except StylizeError as error:
        said = str(error)
        if "\n" in said or not said or len(said) > LINE:
            return "failed", f"not one sentence: {said!r}"
        return "refused", said
    except BaseException:
        return "failed", traceback.format_exc()
    return "painted", ""


def trials(folder: Path) -> dict[str, Trial]:
    """What to do with each kind of input, in a folder for its files; raises where that fails."""
    from PIL import Image

    from benchmarks import mutations
    from benchmarks.report import photo
    from stylize import Stylizer, imaging, styles
    from stylize.inference import external_network
    from stylize.inference.painter import OnnxPainter
    from stylize.inference.session import Device
    from stylize.paths import MODELS
    from stylize.web.share import control_values, from_query

    external_network.TRIAL_SECONDS = SECONDS / 3
    stylizer, device = Stylizer(device="cpu", threads=1), Device("cpu", 1)
    onnx_painter = OnnxPainter(MODELS, device)
    names = [style.id for style in stylizer.styles]
    small = photo(32, 24)
    stylizer(small, "udnie")

    def picture(chance: random.Random) -> None:
        data = mutations.picture(chance)
        path = folder / f"photo{chance.choice(['.jpg', '.png', '.heic', ''])}"
        path.write_bytes(data)
        read = imaging.read(data if chance.random() < 0.5 else path)
        image = read.as_image()
        if max(image.size) > SMALL:
            image.thumbnail((SMALL, SMALL))
        painted = stylizer(image, chance.choice(names), brush=chance.choice([None, 1.0, 4.0]))
        assert painted.size == image.size

    def style(chance: random.Random) -> None:
        made = styles.loads(mutations.style(chance), "a.safetensors", onnx_painter.sha256)
        if len(made.vector) == onnx_painter.style_size:
            stylizer(small, made)

    def network(chance: random.Random) -> None:
        path = folder / "network.onnx"
        path.write_bytes(mutations.network(chance))
        network = external_network.ExternalNetwork(path, device)
        external_network.ExternalEngine(network, strength=1.0, brush=1.0).paint(imaging.read(small).pixels)

    def film(chance: random.Random) -> None:
        path, target = (
            mutations.film(chance, folder),
            folder / f"painted{chance.choice(['.mp4', *mutations.ANIMATIONS])}",
        )
        end = time.process_time() + FILM_SECONDS
        try:
            stylizer.video(path, target, "udnie", brush=4.0, cancelled=lambda: time.process_time() > end)
            assert target.stat().st_size
        finally:
            target.unlink(missing_ok=True)
            left = list(folder.glob(".painted*"))
            assert not left, f"left behind: {left}"

    def arguments(chance: random.Random) -> None:
        assert isinstance(stylizer(**mutations.arguments(chance)), Image.Image)

    def link(chance: random.Random) -> None:
        options = from_query(mutations.query(chance), stylizer.styles)
        if options is not None:
            stylizer.paint(small, options)
            control_values(options).options()

    return {t.__name__: t for t in (picture, style, network, film, arguments, link)}


def _processor_seconds(process: int) -> float:
    with contextlib.suppress(OSError, IndexError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _resident(process: int) -> float:
    """Resident memory now, MB."""
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return 0.0


def _forget_peak() -> None:
    """Let the kernel count this process's peak from now."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    """Most resident memory since `_forget_peak`, MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
