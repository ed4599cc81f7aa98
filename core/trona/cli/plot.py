"""`trona plot`: a picture of a run, of outputs over time, of a field, along a line, or of the cycles of a protocol."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from trona.cli.ranks import Ranks
from trona.errors import UserError, hint

if TYPE_CHECKING:
    from trona.record.results import RecordedRun


def plot(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Draw what was asked for and say where the picture is."""
    from trona.record.results import RecordedSweep, load

    folder, names = Path(arguments.folder), list(dict.fromkeys(arguments.names))
    run = load(folder)
    if isinstance(run, RecordedSweep):
        raise UserError(f"{folder}: a sweep; draw one of its cases, {folder / 'cases'}/...")
    target = Path(arguments.output) if arguments.output else Path(f"{_file(names[0])}.png")
    if target.suffix.lower() != ".png":
        raise UserError(f"{target}: pictures are PNG files; choose a name with .png")
    try:
        _draw(run, names, target, arguments.time)
    except (OSError, ValueError) as error:
        raise UserError(f"{target}: cannot be drawn ({getattr(error, 'strerror', None) or error})") from error
    ranks.out(f"drawn in {target}")
    return 0


def _draw(run: RecordedRun, names: list[str], target: Path, time: float | None) -> None:
    from trona.record.curves import against, line_plot
    from trona.record.pictures import picture

    single = names[0] if len(names) == 1 else ""
    if single and single in run.fields:
        field = run.fields[single]
        picture(run.fields.snapshot(len(field) - 1 if time is None else field.index(time), (single,)), single, target)
        return
    if time is not None:
        raise UserError(f"trona plot: --time is for one field; this run has {', '.join(run.fields) or 'no fields'}")
    if single and single in run.lines:
        steps, times = (
            run.lines[single],
            dict(zip(run.history.get("step", []), run.history.get("time", []), strict=True)),
        )
        shown = dict.fromkeys([min(steps), max(steps)])
        line_plot(single, [steps[step].as_line(step, float(times.get(step, math.nan))) for step in shown], target)
        return
    known = {*run.fields, *run.lines}
    for table, x in ((run.history, "time"), (run.cycles, "cycle"), (run.steps, "number")):
        numbers = [name for name, column in table.items() if column.dtype.kind in "fi"]
        if all(name in numbers for name in names):
            against(table, x, names, target)
            return
        known |= set(numbers)
    wrong = next((name for name in names if name not in known), None)
    home = run.summary.get("on_surfaces", {}).get(wrong)
    if home is not None:
        raise UserError(
            f"{run.directory}: '{wrong}' lives only at {home}, of which field files have nothing; an entry "
            f"'{{profile: {wrong}, along: {home}}}' under outputs.extra makes a line of it, which can be drawn"
        )
    if wrong is not None:
        raise UserError(f"{run.directory}: nothing named '{wrong}' to draw{hint(wrong, sorted(known))}")
    raise UserError(f"trona plot: {', '.join(names)} do not fit into one picture: draw each alone")


def _file(name: str) -> str:
    from trona.record.fields import safe_names

    return safe_names([name])[name]
