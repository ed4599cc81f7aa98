"""The deck's `time` section. Without it a deck is steady."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trona.deck import Node, parse_expression
from trona.deck import Choice, ListOf, MappingOf, Number, Option, OptionContext, Options, Quantity, Text, read_options
from trona.errors import DeckError, UserError, nearest

if TYPE_CHECKING:
    from trona.model import Model


class TimeSection:
    """How a transient deck is stepped through time."""

    end = Quantity("s", "when the run ends", above="0 s", variables=())
    step = Quantity("s", "first time step; without `tolerance`, the step throughout", above="0 s", variables=())
    method = Choice(("bdf1", "bdf2"), "backward difference formula", default="bdf2")
    tolerance = MappingOf(Text("local error per step"), "allowed local error by field; makes steps adaptive", default=None)
    smallest_step = Quantity("s", "below it the run is given up; default a millionth of `step`", default=None, variables=())
    largest_step = Quantity("s", "largest step; default a tenth of the run", default=None, variables=())
    growth = Number("most that a step may grow over the one before", default="2", above=1)
    stop = ListOf(
        MappingOf(Text("value")), "conditions that end the run: {output: NAME, above: VALUE} or {..., below: VALUE}",
        default=None,
    )  # fmt: skip

    @classmethod
    def options(cls) -> dict[str, Option[Any]]:
        return Options.declared(cls)


@dataclass(frozen=True)
class Stop:
    """End the run when an output passes a value."""

    output: str
    above: float | None
    below: float | None

    def met(self, value: float) -> bool:
        return (self.above is not None and value > self.above) or (self.below is not None and value < self.below)


@dataclass(frozen=True)
class TimeSettings:
    """Times in s; tolerances by field in the field's SI unit, empty for constant steps."""

    end: float
    step: float
    order: int
    tolerances: dict[str, float]
    smallest: float
    largest: float
    growth: float
    stops: tuple[Stop, ...]


def read_time(model: Model) -> TimeSettings | None:
    """Return the settings of a transient deck, None for a steady one. Raises DeckError."""
    node = model.deck.section("time")
    if node is None:
        return None
    values = read_options("time", TimeSection.options(), node, OptionContext(folder=model.deck.folder)).values
    end, step = values["end"].constant, values["step"].constant
    smallest, largest = values["smallest_step"], values["largest_step"]
    tolerances = {}
    for name, text in (values["tolerance"] or {}).items():
        where = node.mapping()["tolerance"]
        if name not in model.fields:
            raise DeckError(f"no field '{name}'{nearest(name, model.fields)}", where.keys[name])
        unit = model.fields[name].unit
        tolerances[name] = _quantity(text, unit, where.mapping()[name])
    stops = tuple(_stop(entry, model) for entry in (node.mapping()["stop"].sequence() if values["stop"] else ()))
    return TimeSettings(
        end, step, int(values["method"][-1]), tolerances,
        smallest.constant if smallest else 1e-6 * step,
        largest.constant if largest else (end / 10 if tolerances else step),
        values["growth"], stops,
    )  # fmt: skip


def _quantity(text: str, unit: Any, node: Node) -> float:
    try:
        return parse_expression(text, {}, unit).constant
    except ValueError as error:
        raise DeckError(str(error), node.location) from None


def _stop(node: Node, model: Model) -> Stop:
    entries = node.mapping()
    known = ("output", "above", "below")
    for key in entries:
        if key not in known:
            raise DeckError(f"no such key '{key}'{nearest(key, known)}", node.keys[key])
    if "output" not in entries or len(entries) != 2:
        raise DeckError("a stop condition is {output: NAME, above: VALUE} or {output: NAME, below: VALUE}", node.location)
    name = entries["output"].string()
    outputs = {o.name: o for o in model.outputs}
    if name not in outputs:
        raise DeckError(f"no output '{name}'{nearest(name, outputs)}", entries["output"].location)
    limits = {
        key: _quantity(str(entries[key].text), outputs[name].unit, entries[key])
        for key in ("above", "below") if key in entries
    }  # fmt: skip
    return Stop(name, limits.get("above"), limits.get("below"))
