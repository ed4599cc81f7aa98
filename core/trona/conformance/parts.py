"""The proof that every physics which takes a part of what drives a flow says which."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trona.conformance.proof import Failed, NotApplicable, Proof, fail
from trona.deck import from_plain
from trona.errors import SolveError, UserError
from trona.model.reduction import NoValueError
from trona.settings.drops import drop_end, drop_readings, possible_ends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.conformance.example import Example
    from trona.model.declare import Drop
    from trona.readings.readers import Readers
    from trona.session.result import Result

LEFT = 1e-6
"""How much of a drop, relative to all of its parts, may be left over."""


def parts_proofs(example: Example) -> list[Proof]:
    return [Proof("parts of a drop", partial(_parts, example))]


def _parts(example: Example) -> None:
    from trona.readings.outputs import OutputEvaluator
    from trona.readings.readers import Readers

    model = example.model
    drops = list(dict.fromkeys(part.drop for part in model.drop_parts))
    if not drops:
        raise NotApplicable("no physics here says what it takes of a drop")
    try:
        result: Result = example.run()
    except (SolveError, UserError) as error:
        raise Failed(f"the example deck cannot be run: {error}") from None
    readers = Readers(result.problem, OutputEvaluator(result.problem))
    reasons: list[str] = []
    fail(text for drop in drops for text in _left_over(result, drop, readers, reasons))
    if len(reasons) == len(drops):
        raise NotApplicable("; ".join(reasons))


def _left_over(result: Result, drop: Drop, readers: Readers, reasons: list[str]) -> Iterator[str]:
    """Yield what is left over of a drop between the two places where what flows comes and goes; or give a reason."""
    model, flows = result.problem.model, dict[str, float]()
    for name in possible_ends(model, drop):
        try:
            end = drop_end(model, drop, from_plain(name, "the example deck"))
        except UserError:
            continue  # as where two carriers end: what flows there then lacks between those that are ends
        flows[name] = sum(float(readers.of(flow)()[0]) for flow in end.flows)
    largest = max(map(abs, flows.values()), default=0.0)
    ends = [name for name, flow in flows.items() if abs(flow) > LEFT * largest]
    if len(ends) != 2:
        reasons.append(f"{drop.quantity} comes and goes at {len(ends)} places, and a {drop.name} is between two")
        return
    found = drop_readings(model, drop, from_plain(ends, "the example deck"))
    told = found.compute(*(readers.of(part)() for part in found.of))
    if isinstance(told[-1], NoValueError):
        reasons.append(f"the {drop.name} {told[-1]}")
        return
    whole, *parts = (float(each) for each in told if not isinstance(each, NoValueError))
    left, size = whole - sum(parts), sum(map(abs, parts))
    if not abs(left) <= LEFT * size:
        known = ", ".join(f"{name} {part:.4g}" for name, part in zip(found.parts, parts, strict=True)) or "none"
        yield (
            f"of the {drop.text} from {ends[0]} to {ends[1]}, {whole:.4g} {drop.unit}, {left:.4g} {drop.unit} are left "
            f"over; its parts are {known}. A physics that takes a part says so by `drop`"
        )
