"""The deck's `time` section. Without it a deck is steady."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from trona.deck import (
    Choice,
    Group,
    ListOf,
    MappingOf,
    Node,
    Number,
    OptionValues,
    Quantity,
    Section,
    Text,
    Value,
    parse_input,
)
from trona.errors import DeckError, UserError, hint, raise_all
from trona.settings.outputs import Judgeable
from trona.settings.start import at_start
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trona.model import Model
    from trona.settings.output_settings import OutputSettings


class StopOptions:
    """A condition that ends the run: an output rises above or falls below a value."""

    output = Text("the output")
    above = Value("the run ends when the output is above it", default=None)
    below = Value("the run ends when the output is below it", default=None)


class TimeSection(Section):
    """How a transient deck is stepped through time."""

    name = "time"

    end = Quantity("s", "time at which the run ends; optional with a protocol", default=None, above="0 s", variables=())
    step = Quantity("s", "first time step; without `tolerance`, the size of all steps", above="0 s", variables=())
    method = Choice(("bdf1", "bdf2"), "backward difference formula", default="bdf2")
    tolerance = MappingOf(
        Text("local error per step"), "allowed local error of each field named; makes the steps adaptive", default=None
    )
    smallest_step = Quantity(
        "s", "step size below which a run fails; default a millionth of `step`", default=None, above="0 s", variables=()
    )
    largest_step = Quantity("s", "largest step; default a tenth of the run", default=None, above="0 s", variables=())
    growth = Number("largest ratio of a step to the previous one", default="2", above=1)
    stop = ListOf(
        Group(StopOptions, "a stop condition", "a condition"),
        "conditions that end the run: {output: NAME, above: VALUE} or {..., below: VALUE}",
        default=None,
    )


@dataclass(frozen=True)
class Stop:
    """A condition to end the run: an output rises above or falls below a value."""

    output: str
    above: float | None
    below: float | None

    def met(self, value: float) -> bool:
        return (self.above is not None and value > self.above) or (self.below is not None and value < self.below)


@dataclass(frozen=True)
class TimeSettings:
    """Times in s; tolerances by field in the field's SI unit, empty for constant steps.

    end: infinite when only the protocol ends the run.
    """

    end: float
    step: float
    order: int
    tolerances: Mapping[str, float]
    smallest: float
    largest: float
    growth: float
    stops: tuple[Stop, ...]


def read_time(model: Model, outputs: OutputSettings | None, fresh: bool = True) -> TimeSettings | None:
    """Return the settings of a transient deck, None for a steady one. Raises UserError.

    outputs: what conditions to stop may name; None if they are wrong themselves.
    fresh: whether the run begins with the initial values, at which no stop may hold.
    """
    if model.steady:
        return None
    section = TimeSection.read(model.deck)
    if section.end is None and model.deck.section("protocol") is None:
        raise DeckError("time needs the option 'end' (s): when the run ends", section.found.location)
    end = section.end.constant if section.end is not None else math.inf
    step = section.step.constant
    smallest = section.smallest_step.constant if section.smallest_step else 1e-6 * step
    largest = section.largest_step.constant if section.largest_step else None
    errors: list[UserError] = []
    if section.method != "bdf1":
        text = "holds only with time differences of first order; give 'method: bdf1' in 'time'"
        errors += [DeckError(text, physics.options.location) for physics in model.physics if physics.first_order]
    if smallest > step:
        where = section.found.location_of("smallest_step")
        errors.append(DeckError(f"must be at most the first step, {step:g} s", where))
    if largest is not None and largest < step:
        where = section.found.location_of("largest_step")
        errors.append(DeckError(f"must be at least the first step, {step:g} s", where))
    tolerances: dict[str, float] = {}
    for name, entry in section.node("tolerance").mapping().items() if section.tolerance else ():
        try:
            tolerances[name] = _tolerance(name, entry, section.node("tolerance"), model)
        except UserError as error:
            errors.append(error)
    if tolerances and (random := model.symbols.random()):
        text = f"steps cannot follow a tolerance with {random[0]}: what is random is no error; leave it out"
        errors.append(DeckError(text, section.found.location_of("tolerance")))
    stops: list[Stop] = []
    if outputs is not None:
        for condition in section.stop or ():
            try:
                stops.append(_stop(condition, model, outputs, fresh))
            except UserError as error:
                errors.append(error)
    raise_all(errors)
    return TimeSettings(
        end,
        step,
        int(section.method[-1]),
        MappingProxyType(tolerances),
        smallest,
        largest if largest is not None else (max(end / 10, step) if tolerances else step),
        section.growth,
        tuple(stops),
    )


def _tolerance(name: str, node: Node, parent: Node, model: Model) -> float:
    if name not in model.fields:
        raise DeckError(f"no field '{name}'{hint(name, model.fields)}", parent.key(name))
    if any(Unit.known(word) and Unit.parse(word).offset for word in re.findall(r"[^\W\d]+", node.text)):
        raise node.error("an error is a difference, and a difference of temperature is given in K")
    value = parse_input(node, model.fields[name].unit, {}, "").constant
    if value <= 0:
        raise node.error(f"must be above 0, got {node.kind}")
    return value


def _stop(found: OptionValues, model: Model, wanted: OutputSettings, fresh: bool) -> Stop:
    given = {side: found.given[side] for side in ("above", "below") if found.values[side] is not None}
    if len(given) != 1:
        text = "a stop condition is {output: NAME, above: VALUE} or {output: NAME, below: VALUE}"
        raise DeckError(text, found.location)
    name, known = found.values["output"], Judgeable(model, wanted)
    if name not in known:
        raise found.given["output"].error(known.why_not(name))
    unit = known[name]
    limits = {key: parse_input(node, unit, {}, "").constant for key, node in given.items()}
    stop = Stop(name, limits.get("above"), limits.get("below"))
    reduced = {output.name: output for output in wanted.outputs}
    value = at_start(model, reduced[name]) if fresh and name in reduced else None
    if value is not None and stop.met(value):
        raise DeckError(f"this holds from the start: '{name}' begins at {value:.6g} {unit.si}", found.location)
    return stop
