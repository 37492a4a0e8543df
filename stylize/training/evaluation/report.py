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
from stylize.training.evaluation.reference import Reference

CELL = 256  # height of a picture on the contact sheet, pixels


Curves = Mapping[str, Mapping[str, Sequence[float]]]  # optimisation's totals from iteration 0 on, by style and photo


def curves_of(measured: Sequence[tuple[Row, Reference]]) -> list[Curves]:
    """The curves of optimisation by its own losses, then by those of each judge."""
    found: list[dict[str, dict[str, list[float]]]] = []
    for row, optimised in measured:
        found = found or [{} for _ in range(1 + len(optimised.judged))]
        for by_style, curve in zip(found, (optimised.curve, *optimised.judged), strict=True):
            by_style.setdefault(row.style, {})[row.photo] = curve
    return list(found)


def layer_names(layers: Sequence[str], scales: Sequence[int]) -> list[str]:
    """Names of the style loss's terms: layers at full size, then "relu1_1 at 1/2" and so on."""
    return [name if scale == 1 else f"{name} at 1/{scale}" for scale in scales for name in layers]


def table(
    rows: Sequence[Row], curves: Curves, layers: Sequence[str], judged: Mapping[str, Curves] = MappingProxyType({})
) -> str:
    """A Markdown section on one pipeline: a line per style (means over the photos), and the worst of them.

    Equivalent iterations are those of the photos' mean total on their mean curve; `layers` are the names of the style
    loss's terms; `judged` holds the curves by other losses, by their names, in the order of `Row.judged`.
    """
    pipeline = rows[0].pipeline
    lines = [
        f"## {pipeline.capitalize()}",
        "",
        "| style | total | style | content | iterations |"
        + "".join(f" by {name} |" for name in judged)
        + " SSIM | grid, dB | hatching | strokes, px | border | saturated | blotches | style at "
        + ", ".join(f"{strength:g}" for strength in STRENGTHS)
        + " | monotone |",
        "|---" * (14 + len(judged)) + "|",
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
        iterations = [_iterations(values[-1], cap) for values in equivalents.values()]
        lines.append("| " + " | ".join([style, *_cells(mine, iterations)]) + " |")
    lines += ["", f"Mean total {fmean(row.total for row in rows):.3f}."]
    for name, values in equivalents.items():
        if not any(map(math.isnan, values)) and pipeline != OPTIMISED:
            lines[-1] += (
                f" Equivalent iterations{f' by {name}' if name else ''}: median {_iterations(median(values), cap)}, "
                f"worst {_iterations(min(values), cap)} ({styles[values.index(min(values))]})."
            )
    by_layer = {
        name: fmean(terms) for name, terms in zip(layers, zip(*(row.layers for row in rows), strict=True), strict=True)
    }
    by_scale: dict[str, float] = {}
    for name, term in by_layer.items():
        scale = name.partition(" at ")[2] or "1"
        by_scale[scale] = by_scale.get(scale, 0.0) + term
    lines[-1] += f" Style by scale: {_listed(by_scale)}. Style by layer: {_listed(by_layer)}."
    if rows[0].strengths:
        at_0 = [row.ssim_at_0 for row in rows]
        lines[-1] += f" SSIM at strength 0: mean {fmean(at_0):.4f}, worst {min(at_0):.4f}."
    return "\n".join(lines) + "\n"


def _cells(rows: Sequence[Row], iterations: Sequence[str]) -> list[str]:
    """The cells of one style's line, after its name: means over the photos."""

    def mean(name: str, form: str) -> str:
        return format(fmean(getattr(row, name) for row in rows), form)

    strengths = [fmean(values) for values in zip(*(row.strengths for row in rows), strict=True)]
    monotone = f"{sum(row.monotone for row in rows)}/{len(rows)}" if strengths else "-"
    return [
        *(mean(name, form) for name, form in (("total", ".3f"), ("style_loss", ".4f"), ("content", ".3f"))),
        *iterations,
        mean("ssim", ".3f"),
        f"{_worst_grid(rows):+.1f}",
        *(mean(name, form) for name, form in (("hatching", ".0f"), ("strokes", ".1f"), ("border", ".2f"))),
        *(mean(name, form) for name, form in (("saturated", ".1%"), ("blotches", ".1f"))),
        ", ".join(f"{value:.3f}" for value in strengths) or "-",
        monotone,
    ]


def _listed(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in values.items())


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
