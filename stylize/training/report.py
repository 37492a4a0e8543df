"""An evaluation on paper: the Markdown tables, the CSV and the contact sheets of `evaluate`."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from statistics import fmean, median

from PIL import Image, ImageOps

from stylize.training.data import Painting, open_rgb, sheet
from stylize.training.measures import EXACT, OPTIMISED, PERIODS, SHIPPED, STRENGTHS, Row, equivalent_iterations

CELL = 256  # height of a picture on the contact sheet, pixels


def table(rows: Sequence[Row], curves: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """A Markdown section on one pipeline: a line per style (means over the photos), and the worst of them.

    `curves` are optimisation's totals by style and photo. Equivalent iterations are those of the photos' mean total
    on their mean curve.
    """
    pipeline = rows[0].pipeline
    lines = [
        f"## {pipeline.capitalize()}",
        "",
        "| style | total | style | content | iterations | SSIM | grid, dB | border | saturated | blotches | style at "
        + ", ".join(f"{strength:g}" for strength in STRENGTHS)
        + " | monotone |",
        "|---" * 12 + "|",
    ]
    equivalents = []
    styles = list(dict.fromkeys(row.style for row in rows))
    for style in styles:
        mine = [row for row in rows if row.style == style]
        total = fmean(row.total for row in mine)
        mean_curve = [fmean(values) for values in zip(*curves[style].values(), strict=True)]
        equivalents.append(equivalent_iterations(total, mean_curve) if mean_curve else math.nan)
        strengths = [fmean(values) for values in zip(*(row.strengths for row in mine), strict=True)]
        lines.append(
            f"| {style} | {total:.3f} | {fmean(r.style_loss for r in mine):.4f} | {fmean(r.content for r in mine):.3f} "
            f"| {_iterations(equivalents[-1], len(mean_curve) - 1)} | {fmean(r.ssim for r in mine):.3f} "
            f"| {_worst_grid(mine):+.1f} | {fmean(r.border for r in mine):.2f} "
            f"| {fmean(r.saturated for r in mine):.1%} | {fmean(r.blotches for r in mine):.1f} "
            f"| {', '.join(f'{value:.3f}' for value in strengths) or '-'} "
            f"| {f'{sum(r.monotone for r in mine)}/{len(mine)}' if strengths else '-'} |"
        )
    lines += ["", f"Mean total {fmean(row.total for row in rows):.3f}."]
    if not any(map(math.isnan, equivalents)) and pipeline != OPTIMISED:
        cap = len(mean_curve) - 1
        worst = styles[equivalents.index(min(equivalents))]
        lines[-1] += (
            f" Equivalent iterations: median {_iterations(median(equivalents), cap)}, "
            f"worst {_iterations(min(equivalents), cap)} ({worst})."
        )
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


def write_csv(rows: Sequence[Row], path: Path, cap: int) -> None:
    """Every row with all its numbers; iterations beyond the cap as '>=cap'."""
    names = [field.name for field in fields(Row) if field.name != "strengths"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*names, *(f"style_loss_at_{strength:g}" for strength in STRENGTHS), "monotone"])
        for row in rows:
            values = [getattr(row, name) for name in names]
            values[names.index("iterations")] = _iterations(row.iterations, cap)
            cells = [f"{value:.6g}" if isinstance(value, float) else value for value in values]
            more = [*(f"{value:.6g}" for value in row.strengths), row.monotone] if row.strengths else []
            writer.writerow(cells + more)


def contact_sheet(paintings: Sequence[Painting], photos: Sequence[Path], painted: Sequence[Image.Image]) -> Image.Image:
    """The photos above; then a line per style: its painting, and every photo painted (style by style in `painted`)."""
    first = [Image.new("RGB", (CELL, CELL), "white"), *(_cell(open_rgb(path)) for path in photos)]
    lines = [first]
    for i, painting in enumerate(paintings):
        mine = painted[i * len(photos) : (i + 1) * len(photos)]
        line = [ImageOps.fit(open_rgb(painting.path), (CELL, CELL)), *map(_cell, mine)]
        lines.append(line)
    return sheet(lines)


def _cell(image: Image.Image) -> Image.Image:
    return image.resize((round(image.width * CELL / image.height), CELL), Image.Resampling.LANCZOS)


def _iterations(value: float, cap: int) -> str:
    if math.isnan(value):
        return "-"
    return f">={cap}" if math.isinf(value) else f"{value:.1f}"


def _worst_grid(rows: Sequence[Row]) -> float:
    """The strongest of the three periods, each a mean over the photos."""
    return max(fmean(getattr(row, f"grid_{period}") for row in rows) for period in PERIODS)
