"""`trona plot`: a picture of a run, of outputs over time, of a field, along a line, or of the cycles of a protocol."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trona.cli.ranks import Ranks
from trona.errors import UserError, hint

if TYPE_CHECKING:
    from trona.readings.snapshot import Snapshot
    from trona.record.look import Look, Over
    from trona.record.metadata import Zoom
    from trona.record.results import RecordedRun
    from trona.units import Unit

ENDINGS = (".png", ".svg", ".pdf")
FILMS = (".gif", ".mp4")


def plot(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Draw what was asked for and say where the picture is."""
    from trona.record.look import look_of_run
    from trona.record.results import RecordedSweep, load

    folder, names = Path(arguments.folder), list(dict.fromkeys(arguments.names))
    units = tuple(map(_unit, arguments.unit))
    run = load(folder)
    if isinstance(run, RecordedSweep):
        raise UserError(f"{folder}: a sweep; draw one of its cases, {folder / 'cases'}/...")
    target = Path(arguments.output) if arguments.output else Path(f"{_file(names[0])}.png")
    if target.suffix.lower() not in (*ENDINGS, *FILMS):
        raise UserError(f"{target}: a picture ends in {', '.join(ENDINGS)}, an animation in {' or '.join(FILMS)}")
    look = replace(look_of_run(run), units=units, log=arguments.log, over=_over(arguments), mirrored=arguments.mirror)
    try:
        _draw(run, names, target, arguments, look)
    except (OSError, ValueError) as error:
        raise UserError(f"{target}: cannot be drawn ({getattr(error, 'strerror', None) or error})") from error
    ranks.out(f"drawn in {target}")
    return 0


def _draw(run: RecordedRun, names: list[str], target: Path, arguments: argparse.Namespace, look: Look) -> None:
    from trona.record.curves import against, line_plot

    single = names[0] if len(names) == 1 else ""
    if single and single in run.fields:
        _field(run, single, target, arguments, look)
        return
    if single and single in run.fields.surfaces and target.suffix.lower() not in FILMS:
        _on_surface(run, single, target, arguments, look)
        return
    of_fields = {
        "--cut": arguments.cut,
        "--zoom": arguments.zoom,
        "--mirror": look.mirrored,
        "--arrows or --streamlines": look.over,
    }
    wrong = next((option for option, given in of_fields.items() if given), None)
    if wrong is not None or target.suffix.lower() in FILMS:
        what = f"{wrong} is" if wrong else "an animation is"
        raise UserError(f"trona plot: {what} for one field; this run has {', '.join(run.fields) or 'no fields'}")
    if single and single in run.lines:
        at, history = run.lines[single], run.history
        times = dict(zip(history.get("step", []), history.get("time", []), strict=True))
        shown = [_nearest(at, times, time) for time in arguments.time] or [min(at), max(at)]
        data = [at[step].as_line(step, float(times.get(step, math.nan))) for step in dict.fromkeys(shown)]
        _measured(look, ["m", *(values.unit for line in data for values in line.fields.values())])
        line_plot(single, data, target, look)
        return
    if arguments.time:
        raise UserError(f"trona plot: --time is for one field; this run has {', '.join(run.fields) or 'no fields'}")
    if single in run.wholes and single in run.history:
        from trona.record.stacks import stack
        from trona.record.wholes import Whole

        history = run.history
        if look.log:
            raise UserError(f"trona plot: --log is not for {single}, whose parts are stacked from zero")
        _measured(look, [history.units[name] for name in ("time", single)])
        stack(Whole.of(single, run.wholes[single], history, history.units), history["time"], target, look)
        return
    known = {*run.fields, *run.fields.surfaces, *run.lines}
    for table, x in ((run.history, "time"), (run.cycles, "cycle"), (run.steps, "number")):
        numbers = [name for name, column in table.items() if column.dtype.kind in "fi"]
        if all(name in numbers for name in names):
            if x == "time" and table.rows == 1:
                raise UserError(f"{run.directory}: one time alone is in its table, and no curve goes through one point")
            _measured(look, [table.units[name] for name in (x, *names)])
            against(table, x, names, target, look)
            return
        known |= set(numbers)
    wrong = next((name for name in names if name not in known), None)
    home = run.summary.get("on_surfaces", {}).get(wrong)
    if home is not None:
        raise UserError(
            f"{run.directory}: '{wrong}' lives only at {home}, and no field file has it; an entry "
            f"'{{profile: {wrong}, along: {home}}}' under outputs.extra makes a line of it, which can be drawn"
        )
    if wrong is not None:
        raise UserError(f"{run.directory}: nothing named '{wrong}' to draw{hint(wrong, sorted(known))}")
    raise UserError(f"trona plot: {', '.join(names)} do not fit into one picture: draw each alone")


def _on_surface(run: RecordedRun, name: str, target: Path, arguments: argparse.Namespace, look: Look) -> None:
    """Draw what lives on an interface or boundary: along a curve, first and last or at each time; or over a surface."""
    from trona.readings.snapshot import Snapshot
    from trona.record.alongside import along_surface
    from trona.record.curves import line_plot
    from trona.record.pictures import picture

    field = run.fields.surfaces[name]
    _measured(look, ["m", field.unit])
    if next(iter(field[-1].values())).points.shape[1] == 3:
        if len(arguments.time) > 1:
            raise UserError("trona plot: one --time for a field; several are for lines and profiles")
        found = run.fields.snapshot(field.index(arguments.time[0]) if arguments.time else len(field) - 1, (name,))
        picture(Snapshot(found.time, found.step, found.surfaces), name, target, look=look)
        return
    asked = [field.index(time) for time in arguments.time] or [0, len(field) - 1]
    data = []
    for index in dict.fromkeys(asked):
        found = run.fields.snapshot(index, (name,))
        for place, surface in found.surfaces.items():
            if name in surface.fields:
                line = along_surface(surface, place).as_line(index, found.time)
                data.append(line)
    line_plot(name, data, target, look)


def _field(run: RecordedRun, name: str, target: Path, arguments: argparse.Namespace, look: Look) -> None:
    """Draw a field at one time, or all of its times in an animation."""
    from trona.record.pictures import picture

    field = run.fields[name]
    _measured(look, ["m", field.unit])
    first = next(iter(field[-1].values()))
    dimension, components = first.points.shape[1], first.values.shape[1] if first.values.ndim == 2 else 1
    where = _place(arguments.cut, dimension) if arguments.cut else None
    if look.mirrored and look.axes != ("r", "z"):
        raise UserError("trona plot: --mirror is for a run with coordinates: axisymmetric, in two dimensions")
    if look.over and ((dimension != 2 and where is None) or components not in (2, 3)):
        raise UserError(f"trona plot: {name} is not a vector in two dimensions, whose direction could be drawn")
    look = replace(look, **_of_cut(where, look)) if where is not None else look
    zoom = _box(arguments.zoom) if arguments.zoom else None
    if zoom is not None and (where is None and dimension != 2):
        raise UserError("trona plot: --zoom is for fields in two dimensions")
    if zoom is not None and target.suffix.lower() in FILMS:
        raise UserError("trona plot: --zoom is for one picture, not for an animation")

    def state(index: int) -> Snapshot:
        from trona.record.sections import cut

        found = run.fields.snapshot(index, (name,))
        return found if where is None else cut(found, *where)

    if target.suffix.lower() in FILMS:
        from trona.record.film import film

        if arguments.time or len(field) < 2:
            why = "shows all times: leave out --time" if arguments.time else f"needs several times; {name} has one"
            raise UserError(f"trona plot: an animation {why}")
        film([partial(state, index) for index in range(len(field))], name, target, look)
        return
    if len(arguments.time) > 1:
        raise UserError("trona plot: one --time for a field; several are for lines and profiles")
    picture(
        state(field.index(arguments.time[0]) if arguments.time else len(field) - 1), name, target, look=look, zoom=zoom
    )


def _box(text: str) -> Zoom:
    """Return the box of a second panel [m]. Raises UserError."""
    sides = [_length(part.strip(), "--zoom") for part in text.strip("[] ").split(",") if part.strip()]
    if len(sides) != 4 or sides[0] >= sides[2] or sides[1] >= sides[3]:
        raise UserError(f"trona plot: --zoom {text}: expected x_min,y_min,x_max,y_max, such as 0um,0um,2um,1um")
    return sides[0], sides[1], sides[2], sides[3]


def _length(text: str, option: str) -> float:
    """Return a length [m]. Raises UserError."""
    from trona.deck import parse_input
    from trona.deck.source import from_plain
    from trona.units import Unit

    return parse_input(from_plain(text, option), Unit.parse("m"), {}, "").constant


def _place(text: str, dimension: int) -> tuple[int, float]:
    """Return the axis of a cut and its place [m]. Raises UserError."""
    axis, _, place = (part.strip() for part in text.partition("="))
    if axis not in ("x", "y", "z") or not place:
        raise UserError(f"trona plot: --cut {text}: expected an axis and a place on it, such as x=0.2um")
    if dimension != 3:
        raise UserError("trona plot: --cut is for fields in three dimensions")
    return "xyz".index(axis), _length(place, "--cut")


def _of_cut(where: tuple[int, float], look: Look) -> dict[str, Any]:
    from trona.record.quantity import prefixed, pretty

    factor, unit = prefixed(where[1], "m")
    axes = tuple(axis for number, axis in enumerate(look.axes) if number != where[0])
    return {"axes": axes, "where": f"{look.axes[where[0]]} = {where[1] * factor:.4g} {pretty(unit)}"}


def _nearest(at: Mapping[int, object], times: Mapping[int, float], time: float) -> int:
    """Return the step at which a line was written at a time [s]. Raises UserError if there is none."""
    written = {step: float(times[step]) for step in at if step in times}
    for step, each in written.items():
        if math.isclose(each, time, rel_tol=1e-9):
            return step
    nearest = f"{min(written.values(), key=lambda each: abs(each - time)):.10g} s" if written else "none"
    raise UserError(f"trona plot: this line was not written at {time:.10g} s; nearest: {nearest}")


def _measured(look: Look, units: list[str]) -> None:
    """Raise UserError for a wanted unit in which nothing of the picture can be told."""
    from trona.units import Unit

    dimensions = [Unit.parse(unit or "1") for unit in units]
    for wanted in look.units:
        if not any(wanted.same_dimension(each) for each in dimensions):
            there = ", ".join(dict.fromkeys(unit for unit in units if unit not in ("", "1")))
            raise UserError(f"trona plot: nothing in this picture is measured in {wanted.text}; it has {there}")


def _unit(text: str) -> Unit:
    from trona.units import Unit

    try:
        return Unit.parse(text)
    except ValueError as error:
        raise UserError(f"trona plot: --unit {text}: {error}") from None


def _over(arguments: argparse.Namespace) -> Over:
    return "arrows" if arguments.arrows else "streamlines" if arguments.streamlines else ""


def _file(name: str) -> str:
    from trona.record.fields import safe_names

    return safe_names([name])[name]
