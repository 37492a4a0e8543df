"""Where `stylize paint --ray` writes to: a folder that all machines of the cluster see, or one of a store."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from stylize import imaging
from stylize.cli.cluster_task import Version, version_of
from stylize.cli.output_plan import Output
from stylize.cluster.manifest import Manifest, open_manifest, open_stored_manifest
from stylize.cluster.store import Store, StoreVersion


class ClusterOutputs(Protocol):
    """The place of a batch's outputs."""

    @property
    def root(self) -> Path | Store:
        """The folder, its path absolute."""

    def exists(self, output: Output) -> bool:
        """Whether there is such a file."""

    def path(self, output: Output) -> Path:
        """Where a worker writes the output to."""

    def version(self, output: Output) -> Version:
        """What there is before it is painted, as `version_of`."""

    def manifest(self) -> AbstractContextManager[Manifest]:
        """The manifest of the folder. Raises ClusterError if it cannot be written."""

    def prepared(self, wanted: Sequence[Output]) -> AbstractContextManager[None]:
        """Workers can write these outputs within the block, and what was begun and not finished goes with it."""


@dataclass(frozen=True)
class FolderOutputs:
    """Outputs in a folder. Workers neither make nor remove folders: one would remove what another has just found."""

    folder: Path

    @property
    def root(self) -> Path:
        """The folder, absolute."""
        return absolute(self.folder)

    def exists(self, output: Output) -> bool:
        """Whether there is such a file."""
        return os.path.exists(output.path)  # noqa: PTH110, raises nothing

    def path(self, output: Output) -> Path:
        """Its path, absolute."""
        return absolute(output.path)

    def version(self, output: Output) -> Version:
        """Of the file that is there now."""
        return version_of(self.folder, self.path(output))

    def manifest(self) -> AbstractContextManager[Manifest]:
        """In the folder; one call at a time has it."""
        return open_manifest(self.folder)

    @contextmanager
    def prepared(self, wanted: Sequence[Output]) -> Iterator[None]:
        """The folders of all outputs are there for the block; those that were made for it and are empty go again."""
        paths = [self.path(output) for output in wanted]
        made: list[Path] = []
        for folder in dict.fromkeys(path.parent for path in paths):
            missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
            folder.mkdir(parents=True, exist_ok=True)
            made += reversed(missing)
        imaging.remove_parts(paths)  # of a call that was killed
        try:
            yield
        finally:
            imaging.remove_parts(paths)
            for folder in reversed(made):
                with suppress(OSError):  # something lies in it
                    folder.rmdir()


@dataclass(frozen=True)
class StoreOutputs:
    """Outputs in a store, which is listed once: that is one request for a thousand files, not one for each."""

    store: Store

    @property
    def root(self) -> Store:
        """The store."""
        return self.store

    def exists(self, output: Output) -> bool:
        """Whether there was such a file when the call began."""
        return output.path in self._files

    def path(self, output: Output) -> Path:
        """Its path within the store."""
        return output.path

    def version(self, output: Output) -> Version:
        """Of the file that was there when the call began."""
        return self._files.get(output.path)

    def manifest(self) -> AbstractContextManager[Manifest]:
        """In the store. Other calls that paint into it are not noticed."""
        return open_stored_manifest(self.store)

    @contextmanager
    def prepared(self, wanted: Sequence[Output]) -> Iterator[None]:
        """Folders need not be made; parts of what was not finished are removed before and after the block."""
        paths = [output.path for output in wanted]
        self.store.remove_parts(paths)
        try:
            yield
        finally:
            self.store.remove_parts(paths)

    @cached_property
    def _files(self) -> dict[Path, StoreVersion]:
        return self.store.files()


def outputs_in(folder: Path | Store) -> ClusterOutputs:
    """What writes into `folder`."""
    return StoreOutputs(folder) if isinstance(folder, Store) else FolderOutputs(folder)


def absolute(path: Path) -> Path:
    """As every machine knows the file."""
    return Path(os.path.abspath(path))  # noqa: PTH100, links stay what they are
