"""Folders that are no part of this machine's file system: s3://bucket/photos and whatever else pyarrow opens.

A file there is read as a copy, and written whole: one that is begun and not finished is never seen under its name.
"""

from __future__ import annotations

import io
import mmap
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath
from typing import IO, Any

from stylize.errors import ClusterError
from stylize.imaging.atomic import part_of, part_path, whole_of

ACCEPTED = "s3://, gs://, abfs://, hdfs://, file:// and, for what fsspec knows, fsspec+NAME://"
WHOLE = ("s3", "gcs", "abfs")  # names of pyarrow's file systems that show a file when they have all of it, not before
RETRY_SECONDS = 30  # that Google's store is asked again for; by itself pyarrow does so for a quarter of an hour
HEAD = 1 << 16  # bytes that are read at once by who looks at a file's beginning

# user: gs://anonymous@bucket, abfs://container@account, s3://key:secret@bucket, where a secret may hold a slash
_ADDRESS = re.compile(
    r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]+://)(?P<user>[^/?@]*@|(?<=s3://)[^/?@:]+:[^?@]*@)?(?P<path>[^?]*)(?P<query>\?.*)?",
    re.DOTALL,
)

StoreVersion = tuple[int | None, int | None] | None  # of a file: time and size; None if there is none


def is_address(text: str) -> bool:
    """Whether `text` names a store, as in SCHEME://..., rather than a file of this machine."""
    return _ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True)
class Store:
    """The folder at `address`, which is a URI as pyarrow reads it. Paths are relative to it.

    Can be sent to workers: each opens it for itself, with the credentials of its own machine. Every method raises
    ClusterError, with a sentence, for what the store refuses. `str` is the address without what must stay secret.
    """

    address: str

    def __str__(self) -> str:
        parts = _parts(self.address)
        user = "" if ":" in parts["user"] else parts["user"]
        return f"{parts['scheme']}{user}{parts['path'].rstrip('/')}"

    def address_of(self, path: PurePath) -> str:
        """What messages call the file at `path`."""
        return f"{self}/{path.as_posix()}"

    def file(self) -> tuple[Store, Path] | None:
        """If the address is that of a file: the folder that it is in, and its name there. None for a folder.

        Raises ClusterError also where there is neither.
        """
        fs = _pyarrow_fs(self)
        with self._explained("cannot be opened"):
            system = self._system
            kind = system.base_fs.get_file_info(system.base_path.rstrip("/") or "/").type
        if kind is fs.FileType.NotFound:
            raise ClusterError(f"{self} does not exist.")
        if kind is not fs.FileType.File:
            return None
        parts = _parts(self.address)
        folder, _, name = parts["path"].rstrip("/").rpartition("/")
        return Store(f"{parts['scheme']}{parts['user']}{folder}{parts['query']}"), Path(name)

    def files(self) -> dict[Path, StoreVersion]:
        """All files in it and in folders within, in the order of names; none where there is no such folder."""
        fs = _pyarrow_fs(self)
        with self._explained("cannot be listed"):
            found = self._system.get_file_info(fs.FileSelector("", allow_not_found=True, recursive=True))
        files = {Path(info.path): _version(info) for info in found if info.type is fs.FileType.File}
        return dict(sorted(files.items()))

    def version(self, path: PurePath) -> StoreVersion:
        """Another after a file has been written, whichever machine asks."""
        fs = _pyarrow_fs(self)
        with self._explained("cannot be looked at", path):
            info = self._system.get_file_info(path.as_posix())
        return None if info.type is fs.FileType.NotFound else _version(info)

    @contextmanager
    def open(self, path: PurePath) -> Iterator[IO[bytes]]:
        """The file at `path`, to look at here and there."""
        with (
            self._explained("cannot be read", path),
            io.BufferedReader(self._system.open_input_file(path.as_posix()), HEAD) as file,
        ):
            yield file

    def fetch(self, path: PurePath, target: Path) -> None:
        """Copy the file at `path` to `target` on this machine."""
        with (
            self._explained("cannot be read", path),
            self._system.open_input_stream(path.as_posix(), compression=None) as stored,
            target.open("wb") as file,
        ):
            shutil.copyfileobj(stored, file, 1 << 20)

    def put(self, source: Path, path: PurePath) -> None:
        """Copy the file `source` of this machine to `path`, where it appears whole or not at all."""
        with self._explained("cannot be written", path):
            if self._system.base_fs.type_name in WHOLE:
                self._write(source, path)
                return
            part = part_path(path)
            self._system.create_dir(path.parent.as_posix(), recursive=True)
            try:
                self._write(source, part)
                self._system.move(part.as_posix(), path.as_posix())
            except BaseException:
                self._delete(part)
                raise

    def remove_parts(self, paths: Iterable[PurePath]) -> None:
        """Remove what killed workers have left of writing these files. Call it while nothing writes them."""
        if self._system.base_fs.type_name in WHOLE:
            return
        wanted = {(path.parent, part_of(path)) for path in paths}
        for path in self.files():
            if (path.parent, whole_of(path.name)) in wanted:
                self._delete(path)

    @property
    def _system(self) -> Any:
        return _opened(self)

    def _write(self, source: Path, path: PurePath) -> None:
        """In one call: a stream that is closed after half of the file would leave half of it."""
        with source.open("rb") as file:
            some = source.stat().st_size > 0
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if some else b""
            with self._system.open_output_stream(path.as_posix(), compression=None) as stored:
                stored.write(content)

    def _delete(self, path: PurePath) -> None:
        with suppress(OSError):  # it was not even begun
            self._system.delete_file(path.as_posix())

    @contextmanager
    def _explained(self, what: str, path: PurePath | None = None) -> Iterator[None]:
        """Whatever goes wrong in the block, in a sentence. Every store has errors of its own."""
        try:
            yield
        except ClusterError:
            raise
        except Exception as error:
            name = self if path is None else self.address_of(path)
            raise ClusterError(
                f"{name} {what} ({_reason(error, self)}). Every machine of the cluster needs a way to it, and its "
                "credentials."
            ) from error


@lru_cache
def _opened(store: Store) -> Any:
    """A pyarrow.fs.SubTreeFileSystem of the store. Raises ClusterError."""
    fs = _pyarrow_fs(store)
    address = store.address
    if address.startswith(("gs://", "gcs://")) and "retry_limit_seconds" not in address:
        address += f"{'&' if '?' in address else '?'}retry_limit_seconds={RETRY_SECONDS}"
    try:
        system, path = fs.FileSystem.from_uri(address)
    except (ValueError, ImportError) as error:  # no address, an unknown scheme, or one whose own library is missing
        raise ClusterError(f"{store} cannot be opened ({_reason(error, store)}). Accepted are {ACCEPTED}.") from error
    return fs.SubTreeFileSystem(path, system)


def _pyarrow_fs(store: Store) -> Any:
    """The module; who has no stores needs no pyarrow. Raises ClusterError without it."""
    try:
        from pyarrow import fs
    except ModuleNotFoundError as error:
        raise ClusterError(f'{store} needs pyarrow, which is not installed here: pip install "stylize[ray]"') from error
    return fs


def _parts(address: str) -> dict[str, str]:
    found = _ADDRESS.fullmatch(address)
    assert found is not None, "no address"
    return found.groupdict("")


def _version(info: Any) -> StoreVersion:
    return info.mtime_ns, info.size


def _reason(error: Exception, store: Store) -> str:
    """What the store says, on one line and without its secrets."""
    return " ".join(str(error).replace(store.address, str(store)).split())[:200].rstrip(".")
