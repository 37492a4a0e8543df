"""An evaluation on paper: the Markdown tables, the CSV and the contact sheets of `evaluate`."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from statistics import fmean, median
from types import MappingProxyType

from PIL import Image, ImageOps

from stylize.imaging.contact_sheet import contact_sheet
from stylize.training.data.images import open_rgb
from stylize.training.data.paintings import Painting
from stylize.training.evaluation.metrics import (
    EXACT,
    OPTIMISED,
    PERIODS,
    SHIPPED,
    STRENGTHS,
    Row,
    equivalent_iterations,
)

CELL = 256  # height of a picture on the contact sheet, pixels


Curves = Mapping[str, Mapping[str, Sequence[float]]]  # optimisation's totals from iteration 0 on, by style and photo


def table(
    rows: Sequence[Row], curves: Curves, layers: Sequence[str], judged: Mapping[str, Curves] = MappingProxyType({})
) -> str:
    """A Markdown section on one pipeline: a line per style (means over the photos), and the worst of them.

    Equivalent iterations are those of the photos' mean total on their mean curve; `layers` are the names of the style
    layers; `judged` holds the curves by the losses of other networks, by their names, in the order of `Row.judged`.
    """
    pipeline = rows[0].pipeline
    lines = [
        f"## {pipeline.capitalize()}",
        "",
        "| style | total | style | content | iterations |"
        + "".join(f" by {name} |" for name in judged)
        + " SSIM | grid, dB | hatching | border | saturated | blotches | style at "
        + ", ".join(f"{strength:g}" for strength in STRENGTHS)
        + " | monotone |",
        "|---" * (13 + len(judged)) + "|",
    ]
    everyone = {"": curves, **judged}
    equivalents: dict[str, list[float]] = {name: [] for name in everyone}
    styles = list(dict.fromkeys(row.style for row in rows))
    for style in styles:
        mine = [row for row in rows if row.style == style]
        total = fmean(row.total for row in mine)
        by_each = [total, *(fmean(totals) for totals in zip(*(row.judged for row in mine), strict=True))]
        for (name, by_style), its_total in zip(everyone.items(), by_each, strict=True):
            mean_curve = [fmean(values) for values in zip(*by_style[style].values(), strict=True)]
            equivalents[name].append(equivalent_iterations(its_total, mean_curve) if mean_curve else math.nan)
        cap = len(mean_curve) - 1
        strengths = [fmean(values) for values in zip(*(row.strengths for row in mine), strict=True)]
        lines.append(
            f"| {style} | {total:.3f} | {fmean(r.style_loss for r in mine):.4f} | {fmean(r.content for r in mine):.3f} "
            f"| {' | '.join(_iterations(values[-1], cap) for values in equivalents.values())} "
            f"| {fmean(r.ssim for r in mine):.3f} "
            f"| {_worst_grid(mine):+.1f} | {fmean(r.hatching for r in mine):.0f} | {fmean(r.border for r in mine):.2f} "
            f"| {fmean(r.saturated for r in mine):.1%} | {fmean(r.blotches for r in mine):.1f} "
            f"| {', '.join(f'{value:.3f}' for value in strengths) or '-'} "
            f"| {f'{sum(r.monotone for r in mine)}/{len(mine)}' if strengths else '-'} |"
        )
    lines += ["", f"Mean total {fmean(row.total for row in rows):.3f}."]
    for name, values in equivalents.items():
        if not any(map(math.isnan, values)) and pipeline != OPTIMISED:
            lines[-1] += (
                f" Equivalent iterations{f' by {name}' if name else ''}: median {_iterations(median(values), cap)}, "
                f"worst {_iterations(min(values), cap)} ({styles[values.index(min(values))]})."
            )
    by_layer = zip(layers, zip(*(row.layers for row in rows), strict=True), strict=True)
    lines[-1] += " Style by layer: " + ", ".join(f"{name} {fmean(terms):.4f}" for name, terms in by_layer) + "."
    if rows[0].strengths:
        at_0 = [row.ssim_at_0 for row in rows]
        lines[-1] += f" SSIM at strength 0: mean {fmean(at_0):.4f}, worst {min(at_0):.4f}."
    return "\n".join(lines) + "\n"


def ratio(rows: Sequence[Row]) -> str:
    """Total losses of the shipped pipeline over exact instance normalisation, in a sentence."""
    totals = {(row.pipeline, row.style, row.photo): row.total for row in rows}
    ratios = {
        style: fmean(
            totals[SHIPPED, style, photo] / total
            for (name, s, photo), total in totals.items()
            if (name, s) == (EXACT, style)
        )
        for style in dict.fromkeys(row.style for row in rows)
    }
    worst = max(ratios, key=lambda style: ratios[style])
    return f"Total loss, shipped / exact: mean {fmean(ratios.values()):.3f}, worst {ratios[worst]:.3f} ({worst}).\n"


def write_csv(rows: Sequence[Row], path: Path, cap: int, layers: Sequence[str], judges: Sequence[str] = ()) -> None:
    """Every row with all its numbers, last style by layer and totals by judge; iterations beyond the cap as '>=cap'."""
    names = [field.name for field in fields(Row) if field.name not in ("strengths", "judged", "layers")]
    at_strengths = [*(f"style_loss_at_{strength:g}" for strength in STRENGTHS), "monotone"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        by_each = [*(f"style_loss_of_{name}" for name in layers), *(f"total_{name}" for name in judges)]
        writer.writerow([*names, *at_strengths, *by_each])
        for row in rows:
            values = [getattr(row, name) for name in names]
            values[names.index("iterations")] = _iterations(row.iterations, cap)
            values += [*row.strengths, row.monotone] if row.strengths else [""] * len(at_strengths)
            values += [*row.layers, *row.judged]
            writer.writerow([f"{value:.6g}" if isinstance(value, float) else value for value in values])


def painted_sheet(paintings: Sequence[Painting], photos: Sequence[Path], painted: Sequence[Image.Image]) -> Image.Image:
    """The photos above; then a line per style: its painting, and every photo painted (style by style in `painted`)."""
    cells = [Image.new("RGB", (CELL, CELL), "white"), *(_cell(open_rgb(path)) for path in photos)]
    for i, painting in enumerate(paintings):
        mine = painted[i * len(photos) : (i + 1) * len(photos)]
        cells += [ImageOps.fit(open_rgb(painting.path), (CELL, CELL)), *map(_cell, mine)]
    return contact_sheet(cells, columns=1 + len(photos))


def _cell(image: Image.Image) -> Image.Image:
    return image.resize((round(image.width * CELL / image.height), CELL), Image.Resampling.LANCZOS)


def _iterations(value: float, cap: int) -> str:
    if math.isnan(value):
        return "-"
    return f">={cap}" if math.isinf(value) else f"{value:.1f}"


def _worst_grid(rows: Sequence[Row]) -> float:
    """The strongest of the three periods, each a mean over the photos."""
    return max(fmean(getattr(row, f"grid_{period}") for row in rows) for period in PERIODS)
