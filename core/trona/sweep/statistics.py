"""What random cases tell of the outputs: quantiles, and with the design of Saltelli the indices of Sobol."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trona.sweep.cases import Case
from trona.sweep.table import SweepTable

LEVELS = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
"""The parts of all cases below the quantiles of the table."""
_RESAMPLES = 1000
"""How often samples are drawn again for the confidence of an index."""
_VARIES = 1e-9
"""Part of its size by which an output must vary: less is left by the tolerances of the solver."""
_COLUMNS = ("first order", "first order +-", "total", "total +-")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """The random cases of one entry of `grid` and `list`: `fixed` holds the values of their parameters."""

    fixed: dict[str, str]
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Quantiles:
    """How an output is distributed over the random cases of a group: in SI, at LEVELS.

    count: number of cases that succeeded with a finite value; without any, all numbers are NaN.
    """

    fixed: dict[str, str]
    output: str
    unit: str
    count: int
    mean: float
    deviation: float
    at: tuple[float, ...]


@dataclass(frozen=True)
class Index:
    """The Sobol indices of a parameter for an output, with the half-widths of their 95 % confidence intervals.

    first: the part of the variance that the parameter alone causes; total: with all of its interactions.
    samples: how many entered, those without a failed case. NaN where the output does not vary.
    """

    fixed: dict[str, str]
    output: str
    parameter: str
    samples: int
    first: float
    first_width: float
    total: float
    total_width: float


def groups(table: SweepTable) -> list[Group]:
    """Return the random cases of a sweep by the values of its other parameters. Empty without random cases."""
    design, cases = table.sweep.design, table.sweep.cases
    if design is None:
        return []
    found = []
    for start in range(0, len(cases), design.size):
        fixed = {name: text for name, text in cases[start].texts.items() if name not in design.names}
        found.append(Group(fixed, cases[start : start + design.size]))
    return found


def sampled(table: SweepTable, group: Group, output: str) -> Floats:
    """Return the values of an output over the independent draws of a group; NaN for failed cases.

    Of Saltelli's design these are the first and the last case of each sample: the others repeat their values.
    """
    values, design = _values(table, group, output), table.sweep.design
    assert design is not None
    if design.cases_per_sample > 1:
        values = values.reshape(-1, design.cases_per_sample)[:, [0, -1]].ravel()
    return values


def quantiles(table: SweepTable) -> list[Quantiles]:
    """Return the quantiles of all outputs of the table."""
    found = []
    for group in groups(table):
        for output in table.outputs:
            values = sampled(table, group, output)
            values = values[np.isfinite(values)]
            some, several = len(values) > 0, len(values) > 1
            at = np.quantile(values, LEVELS) if some else np.full(len(LEVELS), math.nan)
            mean = float(values.mean()) if some else math.nan
            deviation = float(values.std(ddof=1)) if several else math.nan
            row = Quantiles(
                group.fixed, output, table.unit(output), len(values), mean, deviation, tuple(map(float, at))
            )
            found.append(row)
    return found


def indices(table: SweepTable) -> list[Index]:
    """Return the Sobol indices of all outputs of the table; empty unless its design is Saltelli's."""
    design = table.sweep.design
    if design is None or design.method != "saltelli":
        return []
    return [index for group in groups(table) for output in table.outputs for index in _indices_of(table, group, output)]


def _indices_of(table: SweepTable, group: Group, output: str) -> Iterator[Index]:
    from SALib.analyze import sobol  # late: with it comes pandas

    design = table.sweep.design
    assert design is not None
    values = _values(table, group, output).reshape(-1, design.cases_per_sample)
    values = values[np.isfinite(values).all(axis=1)]
    unknown = np.full(len(design.names), math.nan)
    found = dict.fromkeys(("S1", "S1_conf", "ST", "ST_conf"), unknown)
    if len(values) > 1 and np.ptp(values) > _VARIES * np.abs(values).max():
        names = list(design.names)
        # SALib takes a seed of 0 for none.
        found = sobol.analyze(
            {"num_vars": len(names), "names": names},
            values.ravel(),
            calc_second_order=False,
            num_resamples=_RESAMPLES,
            seed=design.seed + 1,
        )
    columns = zip(*(found[key] for key in ("S1", "S1_conf", "ST", "ST_conf")), strict=True)
    for name, numbers in zip(design.names, columns, strict=True):
        yield Index(group.fixed, output, name, len(values), *map(float, numbers))


def lost_samples(table: SweepTable) -> int:
    """Return how many samples of Saltelli's design lack a case that succeeded."""
    design = table.sweep.design
    if design is None or design.method != "saltelli":
        return 0
    return len({(result.number - 1) // design.cases_per_sample for result in table.failed})


def quantiles_csv(rows: Sequence[Quantiles]) -> str:
    """Return quantiles as CSV: a row for each output of each group."""
    numbers = ["mean", "standard deviation", *(f"{100 * level:g} %" for level in LEVELS)]
    head = [*rows[0].fixed, "output", "unit", "cases", *(f"{name} [SI]" for name in numbers)]
    lines = ([*r.fixed.values(), r.output, r.unit, r.count, *map(_cell, (r.mean, r.deviation, *r.at))] for r in rows)
    return _csv(head, lines)


def indices_csv(rows: Sequence[Index]) -> str:
    """Return indices as CSV: a row for each parameter of each output of each group."""
    head = [*rows[0].fixed, "output", "parameter", "samples", *(f"{name} [1]" for name in _COLUMNS)]
    return _csv(
        head,
        (
            [
                *r.fixed.values(),
                r.output,
                r.parameter,
                r.samples,
                *map(_cell, (r.first, r.first_width, r.total, r.total_width)),
            ]
            for r in rows
        ),
    )


def _values(table: SweepTable, group: Group, output: str) -> Floats:
    results = (table.results.get(case.number) for case in group.cases)
    return np.array([math.nan if r is None or r.failed else r.outputs.get(output, math.nan) for r in results])


def _cell(number: float) -> str:
    return f"{number:.10g}" if math.isfinite(number) else ""


def _csv(head: Sequence[str], rows: Iterator[list[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return stream.getvalue()
