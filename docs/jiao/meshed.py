"""An island that is meshed as a body: its height, what it covers and its shape, over pressure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import pairwise
from math import pi
from pathlib import Path

import numpy as np
from claim import CHECK, Claim, Drawn, Figure, Finding, Tables, chain, falls, found
from kept_table import Rows
from matplotlib import colormaps
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure as Picture
from panels import read_block, save

from jiao.flattening import AREA, COVERAGE, PRESSURES, THICKNESS, VOLUME, F
from trona.record.geometry import lines, outer_sides

DECK, ROLLING, REDUCED = "island_meshed", "island_rolling", "island_reduced"
WAYS = {"none": "plated everywhere", "0.2": "plated where it is wetted"}
"""Of the sweep: the gap under the plate that the electrolyte fills, um."""
ROLLS = "plated where it is wetted, and rolling"
CELL = AREA[0] * 1e-12 / COVERAGE[0]
"""Part of the collector that one island has, m2."""
NUCLEUS, CURRENT, END = 10e-6, 5.0, 1800.0
"""Radius of the first hemisphere, m; current density, A/m2; time, s."""
HEMISPHERE = (NUCLEUS**3 + 1.5 * CURRENT * CELL * END * VOLUME / F / pi) ** (1 / 3)
"""Radius and height of the hemisphere that there is at the end if nothing presses, m."""
_SAME = 1e-2
"""Relative: changes below this count as none, because straight edges cut off as much."""
_UM = 1e6


def _each(tables: Tables, output: str) -> Iterator[tuple[str, dict[float, float]]]:
    """Yield each way of plating and an output by pressure; without pressure the island stays a hemisphere."""
    free = {"height": HEMISPHERE, "coverage": pi * HEMISPHERE**2 / CELL, "ended": END}[output]
    for name, rows, gap in _ways(tables[DECK], tables[ROLLING]):
        run = [p for p in PRESSURES[1:] if _has(rows, p, gap)]
        yield name, {0.0: free, **{p: rows.one(output, p=p, **gap) for p in run}}


def _ways(meshed: Rows, rolling: Rows) -> Iterator[tuple[str, Rows, dict[str, str]]]:
    """Yield each way of plating with its table and what picks its cases there."""
    for gap, name in WAYS.items():
        yield name, meshed, {"gap": gap}
    yield ROLLS, rolling, {}


def _has(rows: Rows, p: float, gap: Mapping[str, str]) -> bool:
    """Whether there is a case that did not fail."""
    return any(
        float(case["p"]) == p and all(case[name].startswith(begin) for name, begin in gap.items())
        for case in rows.cases
    )


def _how(tables: Tables) -> str:
    """Tell where neighbours meet before the end, and which pressures have no run."""
    told = []
    for name, ends in _each(tables, "ended"):
        met = [f"{p:g} kPa after {t / 60:.1f} min" for p, t in ends.items() if t < END * (1 - 1e-9)]
        told += [f"; {name}: islands meet at {', '.join(met)}"] if met else []
        lost = [f"{p:g}" for p in PRESSURES if p not in ends]
        told += [f"; {name}: no run at {', '.join(lost)} kPa"] if lost else []
    return "".join(told)


def _chained(series: Mapping[str, Mapping[float, float]], factor: float) -> str:
    return "; ".join(f"{name}: {chain([factor * v for v in values.values()], 3)}" for name, values in series.items())


def thinner(tables: Tables) -> Finding:
    series = dict(_each(tables, "height"))
    cases = {name: falls(list(values.values())) for name, values in series.items()}
    where = "; ".join(name for name, holds in cases.items() if holds)
    return found(cases, f"height, µm, {_chained(series, _UM)}{_how(tables)}", where)


def covers(tables: Tables) -> Finding:
    series = dict(_each(tables, "coverage"))
    cases = {name: all(b > a * (1 - _SAME) for a, b in pairwise(values.values())) for name, values in series.items()}
    where = "; ".join(name for name, holds in cases.items() if holds)
    return found(cases, f"coverage, %, {_chained(series, 100)}{_how(tables)}", where)


def as_measured(tables: Tables) -> Finding:
    """Coverage, thinning and area beside the data, in each way of plating."""
    told = []
    for (name, covered), (_, heights) in zip(_each(tables, "coverage"), _each(tables, "height"), strict=True):
        seen = {}
        if 1272.0 in covered:
            seen["coverage"] = covered[1272.0], COVERAGE[1]
            seen["thinning"] = heights[0.0] / heights[1272.0], THICKNESS[0] / THICKNESS[1]
        if 911.0 in covered:
            seen["area"] = covered[911.0] * CELL * 1e12, AREA[1]
        near = [what for what, (value, measured) in seen.items() if abs(value / measured - 1) <= 0.1]
        each = ", ".join(f"{what} {v:.3g} against {m:.3g}" for what, (v, m) in seen.items())
        told.append(f"{name}: {each}; within a tenth: {', '.join(near) or 'none'}")
    return Finding(CHECK, f"{'; '.join(told)}{_how(tables)}")


def beside_reduced(tables: Tables) -> Finding:
    """Both models at the same pressures, as long as no islands meet."""
    reduced = dict(zip(PRESSURES, tables[REDUCED].series("coverage_mean", "p"), strict=True))
    told = []
    for (name, covered), (_, ends) in zip(_each(tables, "coverage"), _each(tables, "ended"), strict=True):
        free = [p for p in covered if ends[p] >= END * (1 - 1e-9)]
        each = ", ".join(f"{p:g} kPa: {100 * covered[p]:.3g} against {100 * reduced[p]:.3g}" for p in free)
        told.append(f"{name}: {each}")
    return Finding(CHECK, f"coverage of the meshed and of the reduced island, %: {'; '.join(told)}")


def charge(tables: Tables) -> Finding:
    """What is left of the volume without what the charge gives is the nucleus, in every run."""
    told = []
    for deck in (DECK, ROLLING):
        rows = tables[deck]
        plated = [CURRENT * CELL * t * VOLUME / F for t in rows.numbers("ended")]
        first = [v - p for v, p in zip(rows.numbers("metal_volume"), plated, strict=True)]
        spread = (max(first) - min(first)) / min(plated)
        told.append(
            f"{min(first) * 1e18:.5g} µm³ in all runs of {deck}, whenever they end, to {spread:.0e} of what is plated"
        )
    return Finding(
        CHECK,
        f"volume less charge × V_m/F is {' and '.join(told)}; "
        f"the nucleus is a hemisphere of {2 / 3 * pi * NUCLEUS**3 * 1e18:.5g} µm³, less what straight edges cut off",
    )


def kept_out(tables: Tables) -> Finding:
    ends = [("", tables[DECK]), *((f" (skin, {obstacle})", tables[ROLLING]) for obstacle in ("plate", "collector"))]
    deepest, pull = (
        min(number for end, rows in ends for number in rows.numbers(f"{name}{end}"))
        for name in ("obstacle_gap_min", "obstacle_pressure_min")
    )
    return Finding(
        CHECK,
        f"at the ends of the runs the smallest gap to plate and collector is {deepest:.1g} m and the smallest contact pressure {pull:.1g} Pa",
    )


def draw_shapes(ways: Mapping[str, Mapping[str, str]], rows: Rows, folder: Path, path: Path) -> None:
    """Draw half of the section of the island at the end, at each pressure, at one scale in both directions.

    ways: those of plating, with what picks their cases.
    """
    picture = Picture(figsize=(8.8, 0.4 + 2.4 * len(ways)), layout="constrained")
    colours = colormaps["viridis"](np.linspace(0, 0.9, len(PRESSURES)))
    panels = picture.subplots(len(ways), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (name, gap) in zip(panels, ways.items(), strict=True):
        turn = np.linspace(0, pi / 2, 60)
        ax.plot(
            *_UM * HEMISPHERE * np.array([np.cos(turn), np.sin(turn)]), color=colours[0], linewidth=1.3, label="0 kPa"
        )
        for p, colour in zip(PRESSURES[1:], colours[1:], strict=True):
            if not _has(rows, p, gap):
                continue
            block = read_block(folder / "cases" / f"{rows.number(p=p, **gap):04d}", "metal")
            kind, sides = outer_sides(block)
            edges = lines(sides, kind, _UM * block.points)[0]
            free = edges[np.all(edges.max(axis=1) > 1e-6, axis=1)]  # neither along the axis nor on the collector
            ax.add_collection(LineCollection(list(free), colors=[colour], linewidths=1.3, label=f"{p:g} kPa"))
        ax.axvline(_UM * (CELL / pi) ** 0.5, color="0.5", linewidth=1, linestyle=":")
        ax.set(ylabel="height [µm]", title=name, aspect="equal", ylim=(0, 38), xlim=(0, 120))
        ax.grid(alpha=0.3)
        ax.legend(frameon=False, fontsize="small", ncols=2, loc=(0.55, 0.55))
    ax.set_xlabel("distance from the axis [µm]")
    save(picture, path)


FIGURES = (
    Figure(
        "An island that is meshed as a body",
        "One island around an axis, 0.5 h at 5 A/m², over pressure: it flows by power-law creep at any strain (`creeping_flow`), its "
        "surface moves with the metal and by plating (`free_surface`), and a plate that carries the pressure touches it in current "
        "positions (`contact`). Assumed: a hemisphere of 10 µm to begin with, a reference stress of 5 MPa, no friction, a plate that is "
        "tightened within five minutes, and one current density wherever there is any. Without pressure the hemisphere stays one, which "
        "is exact and not run. Two ways of plating are run: on all of the surface, also under the plate, as the reduced model has it; and "
        "only where the electrolyte fills the gap under the plate, in proportion where it is narrower than 0.2 µm. A run ends where "
        "neighbours meet: where the island covers all that it has of the collector, a disc of 111.6 µm. Up to there nothing but the plate "
        "holds it. `island_reduced` is the same island by `islands`.\n\n"
        "In these runs the mesh is stretched with the island and not made anew, so that at the end one to four cells make up its side, and "
        "the side never touches the collector beyond the foot. At 500 kPa, plated where it is wetted, it does: the side hangs over, and the "
        "mesh folds after 15.6 min. So does a finer one (216 nodes in place of 84) at 1272 kPa, plated everywhere, after 20 min, when 43.6 % "
        "are covered in place of 40.9 %.\n\n"
        "In `island_rolling`, plated where it is wetted, the whole border of the island may touch the plate above and the collector below, "
        "without friction and without adhesion: its side rolls onto both, a node at a time. New meshes take the place of poor ones. With this "
        "alone the run at 500 kPa ends after 22.9 min, without new meshes after 11.3 min: plated along the normals of straight edges, the "
        "side becomes jagged and then crosses itself. So bumps below 0.5 µm are levelled (`levelling`): where the side is convex it is "
        "plated less than in the mean. The side then stays round, and the length matters little at 500 kPa: with 0.25, 0.5 and 1 µm, 57.7, 57.0 and 57.6 % are covered, and the height is 3.94, 4.01 and 3.97 µm. With both, a finer mesh (218 nodes to begin with) that is plated everywhere "
        "at 1272 kPa goes on to the end too, with 42.3 % in place of 49.1 % and 5.5 µm in place of 5.1 µm: there levelling moves metal from "
        "the round side to the flat top, which is no small change, so that these decks do not use it.",
        (
            Claim("pressure", "the deposit is thinner at higher pressure", "height", (DECK, ROLLING), thinner),
            Claim("pressure", "it covers more of the collector", "coverage", (DECK, ROLLING), covers),
            Claim(
                "pressure",
                "86.1 % at 1272 kPa, 5.6 times thinner, 22242 µm² at 911 kPa",
                "all",
                (DECK, ROLLING),
                as_measured,
                is_check=True,
            ),
            Claim(
                "pressure",
                "the reduced model beside the meshed one",
                "coverage",
                (DECK, ROLLING, REDUCED),
                beside_reduced,
                is_check=True,
            ),
            Claim("pressure", "volume and charge", "volume", (DECK, ROLLING), charge, is_check=True),
            Claim(
                "pressure",
                "nothing goes into plate or collector, which never pull",
                "gap",
                (DECK, ROLLING),
                kept_out,
                is_check=True,
            ),
        ),
        (),
        (
            Drawn(
                "shapes",
                DECK,
                "half of the section of the island at the end, by pressure; dotted: where it meets its neighbours",
                partial(draw_shapes, {name: {"gap": gap} for gap, name in WAYS.items()}),
            ),
            Drawn(
                "shapes",
                ROLLING,
                "the same of islands that roll onto plate and collector",
                partial(draw_shapes, {ROLLS: {}}),
            ),
        ),
    ),
)
