"""ONNX networks on a device: which providers there are, one thread pool and arena, and what happens when one fails.

A provider that fails while a session is made or in the middle of a run is dropped, once and with a warning, and the
same work is done on the CPU.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from stylize.cpu import available_cores
from stylize.errors import MissingNetworkError, NetworkError, OptionError, StylizeError
from stylize.inference.arena import ARENA_USE, SHRINKING, make_shared_arena, return_freed_memory

Array = NDArray[Any]

MAX_FILE = 256 * 1024 * 1024  # bytes of a network file
MAX_THREADS = 1024

# Order of preference, of those that are equally fast.
PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
# The default of CUDA tries every algorithm for each new size of a picture, which takes seconds, and doubles its arena.
_PROVIDER_OPTIONS = {"cuda": {"cudnn_conv_algo_search": "HEURISTIC", "arena_extend_strategy": "kSameAsRequested"}}
_COMPILING = {"cuda"}  # where a session is dear
_TITLES = {"cuda": "CUDA", "openvino": "OpenVINO", "coreml": "CoreML", "directml": "DirectML", "cpu": "CPU"}

_log = logging.getLogger(__name__)


def wanted_device(wanted: str | None = None) -> str:
    """The name of a device, by default that of the environment variable STYLIZE_DEVICE, else "auto".

    Raises OptionError if there is no such device.
    """
    name = (wanted or os.environ.get("STYLIZE_DEVICE") or "auto").lower()
    if name != "auto" and name not in PROVIDERS:
        raise OptionError(f"There is no device {name!r}. Choose auto, {', '.join(PROVIDERS)}.")
    return name


def present_devices() -> list[str]:
    """The names of `PROVIDERS` that this onnxruntime has, in their order."""
    present = ort.get_available_providers()
    return [key for key, provider in PROVIDERS.items() if provider in present]


class Device:
    """Where networks run. `name` is what really runs them, for example "CPU" or "CUDA".

    "auto" is the first of `PROVIDERS` that is present; `fastest_device` finds out which is fastest.

    Raises OptionError for a device that is unknown, or named but not there, and for threads that are no number.
    """

    def __init__(self, wanted: str | None = None, threads: int | None = None) -> None:
        wanted, found = wanted_device(wanted), present_devices()
        if wanted == "auto":
            wanted = found[0]
        elif wanted not in found:
            raise OptionError(
                f"The device {wanted!r} is not available here; this onnxruntime has {', '.join(found)}. "
                "For CUDA, install onnxruntime-gpu instead of onnxruntime."
            )
        if threads is not None and (not isinstance(threads, int) or not 0 < threads <= MAX_THREADS):
            raise OptionError(f"The threads are {threads!r}; give a whole number from 1 to {MAX_THREADS}.")
        if wanted == "cuda" and hasattr(ort, "preload_dlls"):
            ort.preload_dlls()
        self._key = wanted
        self._threads = threads or available_cores()
        self._lock = threading.Lock()
        self._paintings = 0  # at this moment
        make_shared_arena()

    @property
    def name(self) -> str:
        """What networks run on now."""
        return _TITLES[self._key]

    @property
    def threads(self) -> int:
        """CPU threads a run may use."""
        return self._threads

    @property
    def compiles(self) -> bool:
        """Whether making a session takes so long that a style is better an input of one than a part of it."""
        return self._key in _COMPILING

    @contextmanager
    def shared(self) -> Iterator[None]:
        """While something is painted: what is painted at the same time has fewer CPU threads.

        Two pictures on a thread each take less time than two that both want all threads.
        """
        with self._lock:
            self._paintings += 1
        try:
            yield
        finally:
            with self._lock:
                self._paintings -= 1

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """While a painting only waits for others, which are parts of it and count themselves."""
        with self._lock:
            self._paintings -= 1
        try:
            yield
        finally:
            with self._lock:
                self._paintings += 1

    @property
    def has_room(self) -> bool:
        """Whether one more painting would have a thread of its own; other devices than CPUs paint one by one."""
        return self._key == "cpu" and self._paintings < self._threads

    @property
    def share(self) -> int:
        """CPU threads for a run that begins now: all, halved until there are some for everything that is painted."""
        threads = self._threads
        while self._key == "cpu" and threads > 1 and threads * self._paintings > self._threads:
            threads = -(-threads // 2)
        return threads

    def session(
        self, model: bytes, initializers: Mapping[str, Array], threads: int, *, finished: bool = False
    ) -> ort.InferenceSession:
        """A session of `model` whose named initialisers are replaced; a `finished` graph is taken as it is."""
        if self._key != "cpu":
            try:
                session = self._session(model, initializers, threads, [self._key, "cpu"], finished=False)
                if session.get_providers()[0] == PROVIDERS[self._key]:
                    return session
                self.drop("it could not be loaded")
            except Exception as error:  # whatever a vendor's library raises, the CPU can still paint
                self.drop(error)
        return self._session(model, initializers, threads, ["cpu"], finished=finished)

    def drop(self, why: object) -> bool:
        """Go on with the CPU. False if that is where we are already."""
        with self._lock:
            if self._key == "cpu":
                return False
            _log.warning("%s failed (%s); painting goes on with the CPU", self.name, why)
            self._key = "cpu"
            return True

    def _session(
        self,
        model: bytes,
        initializers: Mapping[str, Array],
        threads: int,
        devices: Sequence[str],
        *,
        finished: bool,
    ) -> Any:
        options = ort.SessionOptions()
        if finished:
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # sizes change from call to call
        options.log_severity_level = 3
        options.add_session_config_entry("session.use_env_allocators", "1")
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        values = [ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(v)) for v in initializers.values()]
        if values:
            options.add_external_initializers(list(initializers), values)
        providers = [(PROVIDERS[name], _PROVIDER_OPTIONS.get(name, {})) for name in devices]
        return ort.InferenceSession(model, options, providers=providers)


class Network:
    """One network, ready to run; made again on the CPU when its device fails.

    On the CPU it has a session for each number of threads that a run has had: ONNX Runtime fixes them with the session.
    A `finished` graph has nothing that ONNX Runtime could improve, so that its sessions are made sooner.
    """

    def __init__(
        self,
        device: Device,
        model: bytes,
        initializers: Mapping[str, Array] | None = None,
        *,
        finished: bool = False,
    ) -> None:
        self._device, self._model, self._finished = device, model, finished
        self._initializers = dict(initializers or {})  # kept alive: a session reads them while it is made
        self._sessions: dict[tuple[str, int], ort.InferenceSession] = {}  # by device and threads
        self._lock = threading.Lock()
        self._any = self._session()

    @property
    def metadata(self) -> dict[str, str]:
        """The model's string metadata."""
        return dict(self._any.get_modelmeta().custom_metadata_map)

    @property
    def inputs(self) -> list[Any]:
        """ONNX Runtime's description of the inputs (name, type, shape)."""
        return list(self._any.get_inputs())

    @property
    def outputs(self) -> list[Any]:
        """ONNX Runtime's description of the outputs."""
        return list(self._any.get_outputs())

    def run(self, feeds: Mapping[str, Array], shrink: bool = False) -> list[Array]:
        """Every output for the inputs `feeds`. Raises NetworkError if the CPU cannot do it either.

        `shrink` gives back afterwards what the arena does not use: pieces that are too small for what comes next.
        """
        while True:
            name = self._device.name
            stale = name == _TITLES["cpu"] and ARENA_USE.is_stale(max(x.nbytes for x in feeds.values()))
            options = SHRINKING if name == _TITLES["cpu"] and (stale or shrink) else None
            try:
                found = list(self._session().run(None, dict(feeds), options))
            except Exception as error:  # onnxruntime raises its own kinds, providers raise RuntimeError
                if not self._device.drop(error) and self._device.name == name:
                    raise NetworkError(f"The network failed on this picture: {error}") from error
                continue
            if stale:
                return_freed_memory()
            return found

    def _session(self) -> ort.InferenceSession:
        """The session for a run that begins now."""
        threads = self._device.share
        with self._lock:
            session = self._sessions.get((self._device.name, threads))
            if session is None:
                session = self._device.session(self._model, self._initializers, threads, finished=self._finished)
                name = self._device.name  # may have changed while the session was made
                self._sessions = {key: other for key, other in self._sessions.items() if key[0] == name}
                self._sessions[name, threads] = self._any = session
            return session


@contextmanager
def naming_damage(path: Path) -> Iterator[None]:
    """Raises NetworkError, naming the file, for whatever is wrong with a network of ours inside the `with`."""
    try:
        yield
    except StylizeError:
        raise
    except Exception as error:  # onnxruntime's own kinds, and a file of another origin
        said = " ".join(str(error).split())[:160]
        raise NetworkError(
            f"{path} is damaged or not one of our networks ({said}). Fetch or export it again."
        ) from error


def read_model(path: Path) -> bytes:
    """The bytes of a network file.

    Raises MissingNetworkError if it is not there, NetworkError if it is too large, or a Git-LFS pointer instead of the
    file itself.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise NetworkError(f"{path.name} is larger than {MAX_FILE >> 20} MB, the most a network may have.")
        model = path.read_bytes()
    except FileNotFoundError as error:
        raise MissingNetworkError(
            f"{path.parent} holds no {path.name}. Give the folder of the networks, or fetch or export them there."
        ) from error
    except OSError as error:
        raise NetworkError(
            f"The network {path} cannot be read ({error.strerror}). Fetch or export it again."
        ) from error
    if model.startswith(b"version https://git-lfs"):
        raise NetworkError(f"{path.name} is a Git-LFS pointer, not the network itself. Run 'git lfs pull'.")
    return model
