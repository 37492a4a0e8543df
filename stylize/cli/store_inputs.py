"""What is to be painted of stores such as s3://bucket/photos. Their files are opened only where that must be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from stylize import imaging
from stylize.cli.inputs import Found, is_painting
from stylize.cli.output_plan import Input, Kind
from stylize.cluster.store import Store
from stylize.errors import ClusterError
from stylize.imaging.animation_reader import is_animation
from stylize.video.formats import READABLE as FILMS

MOVING = (".gif", ".webp", ".png", ".apng", ".avif")  # what may be an animation: only its content tells
LOOKS = 16  # at files, at once: each waits for the store


def add_stored(found: Found, stores: Iterable[Store], names: Sequence[str], out_dir: Path | Store | None) -> None:
    """Add what each store holds, or the one file that its address names, in the order of names.

    Left out is what `find_inputs` leaves out, but here a file's ending tells what it is.
    """
    for store in stores:
        try:
            file = store.file()
            if file is None:
                _add_folder(found, store, names, out_dir)
            else:
                folder, path = file
                found.inputs.append(Input(path, _kind_of(folder, path), store=folder))
        except ClusterError as error:
            found.errors.append(str(error))


def _add_folder(found: Found, store: Store, names: Sequence[str], out_dir: Path | Store | None) -> None:
    files = [path for path in store.files() if not any(part.startswith(".") for part in path.parts)]
    if isinstance(out_dir, Store) and str(out_dir).startswith(f"{store}/"):
        files = [path for path in files if not store.address_of(path).startswith(f"{out_dir}/")]
    stems = defaultdict[Path, set[str]](set)
    for path in files:
        stems[path.parent].add(path.stem)
    wanted = []
    for path in files:
        if is_painting(path.stem, stems[path.parent], names):
            found.painted += 1
        elif path.suffix.lower() in FILMS or imaging.has_picture_ending(path):
            wanted.append(path)
        else:
            found.others += 1
    if not wanted:
        found.errors.append(f"{store} holds neither pictures nor films.")
    with ThreadPoolExecutor(LOOKS) as pool:
        kinds = list(pool.map(partial(_kind_of, store), wanted))
    found.inputs += [Input(path, kind, path.parent, store=store) for path, kind in zip(wanted, kinds, strict=True)]


def _kind_of(store: Store, path: Path) -> Kind:
    if path.suffix.lower() in FILMS:
        return Kind.FILM
    if path.suffix.lower() in MOVING:
        try:
            with store.open(path) as file:
                return Kind.ANIMATION if is_animation(file) else Kind.PICTURE
        except ClusterError:  # painting it says what is wrong
            pass
    return Kind.PICTURE
