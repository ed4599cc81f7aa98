"""The page of the maps and their pictures, made from the tables that are kept."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from kept_table import Rows
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.tri import Triangulation
from singla2026.maps import MAPS, Axis, Border, Bracket, Cases, Map, MapClaim, Point, brackets, points

EVERYWHERE, REGION, NOWHERE = "holds everywhere", "holds in this region", "fails everywhere"
_FINE = 201
_ZERO = 1e-12
_HEAD = """<!-- made by docs/maps.py -->
# Singla et al. 2026: maps

Some claims of the [paper](index.md) depend on what the paper does not state. For these, `make maps` sweeps two
parameters at a time. The colour is the margin of the claim in the quantity that the paper names: blue where it holds,
red where it fails. The black line is the border found by the runs, a green line its closed form. Dots are runs, and
triangles are the two runs nearest to the border on its two sides; crosses are points without a verdict, where a run
failed, a reaction current changes its sign, or the surface breaks up. Stars are the conditions of the paper or our
defaults. A verdict is for the swept range: *holds everywhere*, *holds in this region* or *fails everywhere*. Every
picture is drawn from the table beside it."""


def page(folder: Path) -> str:
    """Return the page of all maps that have a table in the folder."""
    missing = [f"{m.title} (`make maps`, or `python docs/maps.py {m.name}`)" for m in MAPS if m not in kept(folder)]
    left = [f"Not run yet, and so without a verdict: {'; '.join(missing)}."] if missing else []
    parts = (part for wanted in kept(folder) for part in section(wanted, folder))
    return "\n\n".join([_HEAD, *left, *parts]) + "\n"


def pictures(folder: Path) -> None:
    """Draw a picture beside every table in the folder."""
    for wanted in kept(folder):
        draw(wanted, points(wanted, Rows(folder / f"{wanted.name}.csv")), folder / f"{wanted.name}.png")


def kept(folder: Path) -> list[Map]:
    return [m for m in MAPS if (folder / f"{m.name}.csv").exists()]


def section(wanted: Map, folder: Path) -> Iterator[str]:
    path = folder / f"{wanted.name}.csv"
    rows = Rows(path)
    at = points(wanted, rows)
    ended = [line.split(",")[2] for line in path.read_text(encoding="utf-8").splitlines()]
    failed, stopped = ended.count("failed"), ended.count("stopped")
    yield f"## {wanted.title}"
    yield (
        f"`inputs/singla2026/maps/{wanted.name}.yaml`, [{wanted.name}.csv](maps/{wanted.name}.csv) of {head(path)}: "
        f"{len(rows.cases)} runs at {len(at)} points, {sum(rows.numbers('wall time')) / 60:.0f} min in all"
        + (f"; {failed} runs failed" if failed else "")
        + (f"; {stopped} runs ended where metal began to dissolve in places" if stopped else "")
    )
    yield f"![{wanted.title}](maps/{wanted.name}.png)"
    if not points(wanted, rows, ("shorter" if wanted.shorter else "finer",)):
        yield "Not whole yet: runs are missing, of the grid or of those that check it. `make maps` goes on with them."
    if wanted.notes:
        yield wanted.notes
    titles = "| figure | claim | where | verdict | points that hold | finer mesh |"
    halved = (" half the steps |", "---|") if wanted.shorter else ("", "")
    yield "\n".join([titles + halved[0], "|---|---|---|---|---|---|" + halved[1], *verdicts(wanted, rows)])
    yield "\n".join(f"- Figure {c.figure}, {c.text}: {c.quantity}" for c in wanted.claims)
    if lines := list(borders(wanted, at)):
        titles = "| claim | where | at | runs | margins | closed forms |"
        text = "Runs on the two sides of the border, nearest to it:\n"
        yield "\n".join([text, titles, "|---|---|---|---|---|---|", *lines])
    if marked := list(at_marks(wanted, at)):
        yield "At the stars, where they are points of the grid:\n\n" + "\n".join(marked)
    yield from flat(wanted, rows)


def at_marks(wanted: Map, at: Mapping[Point, Cases]) -> Iterator[str]:
    for name, x, y in wanted.marks:
        for point, cases in at.items():
            if math.isclose(point[0], x, rel_tol=1e-5) and math.isclose(point[1], y, rel_tol=1e-5):
                for claim in wanted.claims:
                    margin = claim.margin(cases)
                    word = f"{'holds' if margin > 0 else 'fails'} ({margin:+.3g})"
                    word = word if math.isfinite(margin) else "no verdict"
                    yield f"- {name}, {wanted.panel_text(point[2])}: {claim.text}: {word}"


def head(path: Path) -> str:
    """Return date and commit from the head of a table."""
    with path.open(encoding="utf-8") as stream:
        return ", ".join(stream.readline().lstrip("# ").split(", ")[:2])


def verdicts(wanted: Map, rows: Rows) -> Iterator[str]:
    """Yield a row for each claim and panel. Points of the grid count alone: those of the rounds lie at the border."""
    grid = points(wanted, rows, ("grid",))
    coarse = points(wanted, rows, ("grid", "coarse"))
    others = [points(wanted, rows, (part,)) for part in ("finer", *(("shorter",) if wanted.shorter else ()))]

    def change(claim: MapClaim, other: Mapping[Point, Cases]) -> str:
        for point, cases in other.items():
            before = claim.margin(coarse[point]) if point in coarse else math.nan
            return f"margin {before:.4g} -> {claim.margin(cases):.4g}"
        return "not run"

    for claim in wanted.claims:
        changes = " | ".join(change(claim, other) for other in others)
        for panel in dict.fromkeys(p[2] for p in grid):
            margins = [m for p, c in grid.items() if p[2] == panel and math.isfinite(m := claim.margin(c))]
            yield (
                f"| {claim.figure} | {claim.text} | {wanted.panel_text(panel)} | **{verdict(margins)}** | "
                f"{sum(m > 0 for m in margins)} of {len(margins)} | {changes} |"
            )


def verdict(margins: Sequence[float]) -> str:
    if not margins:
        return "not run"
    holding = sum(m > 0 for m in margins)
    return EVERYWHERE if holding == len(margins) else REGION if holding else NOWHERE


def borders(wanted: Map, at: Mapping[Point, Cases]) -> Iterator[str]:
    """Yield a row for each pair of runs between which a claim changes, with the closed forms between them."""
    for claim in wanted.claims:
        for b in brackets(wanted, claim, at):
            along, fixed = (wanted.y, wanted.x) if b.place else (wanted.x, wanted.y)
            roots = ((border.text, crossing(wanted, border, b)) for border in claim.borders)
            forms = "; ".join(f"{text}: {root}" for text, root in roots if root)
            yield (
                f"| {claim.text} | {wanted.panel_text(b.low[2])} | {fixed.label}: {b.low[1 - b.place]:.4g} | "
                f"{along.label}: {b.low[b.place]:.4g} and {b.high[b.place]:.4g} | "
                f"{b.margins[0]:+.2g}, {b.margins[1]:+.2g} | {forms or '-'} |"
            )


def crossing(wanted: Map, border: Border, at: Bracket) -> str:
    """Return where a closed form crosses the line of a bracket, nearest to it; '' for nowhere."""
    place = at.place
    axis = wanted.y if place else wanted.x

    def value(v: float) -> float:
        x, y = (at.low[0], v) if place else (v, at.low[1])
        return border.value(x, y, at.low[2])

    middle = at.middle[place]
    reach = 10.0 if axis.log else 10 * abs(middle) or 10.0
    grid = (
        np.geomspace(middle / reach, middle * reach, _FINE)
        if axis.log
        else np.linspace(middle - reach, middle + reach, _FINE)
    )
    signs = [(v, u > 0) for v in map(float, grid) if math.isfinite(u := value(v))]
    changes = [(a, b) for (a, u), (b, w) in pairwise(signs) if u != w]
    if not changes:
        return ""
    low, high = min(changes, key=lambda ends: abs(axis.scale(ends[0]) - axis.scale(middle)))
    for _ in range(60):
        half = axis.middle(low, high)
        low, high = (half, high) if (value(half) > 0) == (value(low) > 0) else (low, half)
    return f"{axis.middle(low, high):.4g}"


def flat(wanted: Map, rows: Rows) -> Iterator[str]:
    """Yield what the runs with almost no wave say, where the closed form should be exact."""
    for point, cases in points(wanted, rows, ("flat",)).items():
        x, y, panel = point
        claim = wanted.claims[0]
        yield (
            f"With a wave of a hundredth, {wanted.x.label} = {x:.4g}, {wanted.y.label} = {y:.4g}, "
            f"{wanted.panel_text(panel)}: margin {claim.margin(cases):+.3g}; closed form {claim.borders[0].text}: "
            f"{'holds' if claim.borders[0].value(*point) > 0 else 'does not hold'}"
        )


# ---------------------------------------------------------------------- the picture


def draw(wanted: Map, at: Mapping[Point, Cases], path: Path) -> None:
    """Draw a row per claim and a column per panel."""
    panels = list(dict.fromkeys(p[2] for p in at))
    figure = Figure(figsize=(1.4 + 4.2 * len(panels), 0.6 + 3.5 * len(wanted.claims)), layout="constrained")
    axes = figure.subplots(len(wanted.claims), len(panels), squeeze=False, sharex=True, sharey=True)
    ends = tuple(sorted({p[i] for p in at}) for i in (0, 1))
    for claim, row in zip(wanted.claims, axes, strict=True):
        margins = {p: claim.margin(cases) for p, cases in at.items()}
        known = [abs(m) for m in margins.values() if math.isfinite(m)]
        limit = float(np.percentile(known, 90)) if known else 1.0
        limit = limit or 1.0
        for panel, ax in zip(panels, row, strict=True):
            colours = _panel(wanted, claim, {p: m for p, m in margins.items() if p[2] == panel}, limit, ends, ax)
            for b in brackets(wanted, claim, {p: c for p, c in at.items() if p[2] == panel}):
                _bracket(b, ax)
            if ax is row[-1] and colours is not None:
                figure.colorbar(colours, ax=list(row), label="margin", format=_short)
            title = textwrap.fill(f"{claim.figure}: {claim.text}", 56)
            ax.set_title(f"{title}\n{wanted.panel_text(panel)}", fontsize=8)
    for ax in axes[-1]:
        ax.set_xlabel(wanted.x.label, fontsize=9)
    for row in axes:
        row[0].set_ylabel(wanted.y.label, fontsize=9)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _panel(
    wanted: Map, claim: MapClaim, margins: Mapping[Point, float], limit: float, ends: tuple[list[float], ...], ax: Axes
) -> object:
    xs, ys = ends
    known = {p: m for p, m in margins.items() if math.isfinite(m)}
    for axis, set_scale in ((wanted.x, ax.set_xscale), (wanted.y, ax.set_yscale)):
        if axis.root:
            set_scale("function", functions=(lambda v: np.sqrt(np.maximum(v, 0)), np.square))
        else:
            set_scale("log" if axis.log else "linear")
    colours = None
    x, y = (np.array([p[i] for p in known]) for i in (0, 1))
    u, v = (_unit(axis, values) for axis, values in ((wanted.x, x), (wanted.y, y)))
    if len(known) > 2 and np.linalg.matrix_rank(np.column_stack([u - u[0], v - v[0]])) > 1:
        z = np.array(list(known.values()))
        mesh = Triangulation(x, y, Triangulation(u, v).triangles)
        levels = np.linspace(-limit, limit, 21)
        colours = ax.tricontourf(mesh, np.clip(z, -limit, limit), levels=levels, cmap="RdBu", extend="both")
        if z.min() < 0 < z.max():
            ax.tricontour(mesh, z, levels=[0.0], colors="black", linewidths=1.6)
    ax.plot([p[0] for p in known], [p[1] for p in known], "o", color="0.25", markersize=2.0, zorder=3, clip_on=False)
    lost = [p for p in margins if p not in known]
    if lost:  # what is not clipped needs an extent
        x, y = ([p[i] for p in lost] for i in (0, 1))
        ax.plot(x, y, "x", color="black", markersize=5, zorder=6, clip_on=False)
    handles = [
        _closed(wanted, border, style, margins, (xs, ys), ax)
        for border, style in zip(claim.borders, ("--", ":"), strict=False)
    ]
    for name, x0, y0 in wanted.marks:
        ax.plot(x0, y0, "*", color="gold", markeredgecolor="black", markersize=9, zorder=5)
        ax.annotate(name, (x0, y0), fontsize=6, xytext=(4, 4), textcoords="offset points", zorder=5)
    if handles:
        ax.legend(handles=handles, fontsize=6, loc="best", framealpha=0.8)
    ax.set_xlim(xs[0], xs[-1])
    ax.set_ylim(ys[0], ys[-1])
    return colours


def _closed(
    wanted: Map,
    border: Border,
    style: str,
    margins: Mapping[Point, float],
    ends: tuple[list[float], list[float]],
    ax: Axes,
) -> Line2D:
    panel = next(iter(margins))[2]
    x, y = (
        np.geomspace(e[0], e[-1], _FINE) if axis.log else np.linspace(e[0], e[-1], _FINE)
        for axis, e in ((wanted.x, ends[0]), (wanted.y, ends[1]))
    )
    z = np.array([[border.value(float(a), float(b), panel) for a in x] for b in y])
    if np.nanmin(z) < 0 < np.nanmax(z):
        ax.contour(x, y, z, levels=[0.0], colors="darkgreen", linestyles=style, linewidths=1.6)
    return Line2D([], [], color="darkgreen", linestyle=style, linewidth=1.6, label=border.text)


def _bracket(b: Bracket, ax: Axes) -> None:
    up, down = ("^", "v") if b.place else (">", "<")
    for point, marker in ((b.low, up), (b.high, down)):
        ax.plot(point[0], point[1], marker, color="black", markersize=3.5, zorder=4, clip_on=False)


def _short(value: float, _: object) -> str:
    """Write a number on a scale of colours, and zero as such."""
    return f"{value if abs(value) > _ZERO else 0.0:.2g}"


def _unit(axis: Axis, values: np.ndarray) -> np.ndarray:
    scaled = np.log(values) if axis.log else np.sqrt(values) if axis.root else values
    return (scaled - scaled.min()) / (np.ptp(scaled) or 1.0) if scaled.size else scaled
