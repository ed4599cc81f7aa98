"""Every reading of a run, of the manufactured state, against the expression that it reads.

Readings are taken by the code that a run uses. Their right values are found without it: points, sides, normals and
sizes follow from the mesh, and fields are formulas. The error of the elements, the quadrature and the sampling of
extremes is found in the same way; twice that error is allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trona.diagnosis.evaluate import UnknownExpressionError
from trona.model.asked import Numbers, OnRegion, Points, Profile
from trona.model.records import Output
from trona.readings.outputs import OutputEvaluator
from trona.verify.expected import Expected
from trona.verify.points import PointValues
from trona.verify.profiles import judge_profile
from trona.verify.reductions import Reductions, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trona.mesh import MeshData
    from trona.model import Model
    from trona.model.asked import Curve
    from trona.model.reduction import Over
    from trona.settings.output_settings import OutputSettings
    from trona.verify.exact import ExactState
    from trona.verify.points import Quantity
    from trona.verify.reading import Measure


def readings(state: ExactState, coarse: MeshData, wanted: OutputSettings) -> tuple[list[Measure], list[str]]:
    """Judge all readings of the manufactured state on its mesh; also return the names of those not judged.

    The state of the problem becomes the manufactured one, with kinks at the borders of blocks. coarse: the mesh that
    the mesh of the problem refines. Collective.
    """
    model = state.problem.model
    quantities = _quantities(model, wanted)
    if model.motion is not None and model.motion.field.order > 1:  # curved cells, which the proof takes for straight
        equations = (named(constraint) for constraint in model.integral_constraints)
        return [], [*(o.name for o in wanted.outputs), *equations, *(name for name, *_ in quantities)]
    expected, evaluator = Expected(state, coarse), OutputEvaluator(state.problem)
    reductions, points = Reductions(expected, evaluator), PointValues(expected, evaluator)
    found: list[Measure] = []
    unjudged: dict[str, None] = {}

    def judge(name: str, measure: Callable[[], list[Measure]]) -> None:
        try:
            found.extend(measure())
        except UnknownExpressionError:
            unjudged[name] = None

    for output in wanted.outputs:
        judge(output.name, lambda o=output: [reductions.judge(o)])  # type: ignore[misc]
    several: list[Numbers | Curve] = [*wanted.numbers, *wanted.curves]
    for asked in several:
        for part in asked.of:
            if isinstance(part, Points):
                judge(asked.name, lambda a=asked, p=part: [points.at(a.kind, p)])  # type: ignore[misc]
            elif isinstance(part, Profile):
                judge(asked.name, lambda a=asked, p=part: [judge_profile(expected, evaluator, p)])  # type: ignore[misc]
    for numbers in wanted.numbers:
        if all(isinstance(part, OnRegion | Output) for part in numbers.of):
            judge(numbers.name, lambda n=numbers: reductions.judge_numbers(n))  # type: ignore[misc]
    for constraint in model.integral_constraints:
        judge(named(constraint), lambda c=constraint: [reductions.judge_held(c)])  # type: ignore[misc]
    for numbers in _at_laws(model):
        judge(numbers.name, lambda n=numbers: reductions.judge_numbers(n))  # type: ignore[misc]
    for quantity in quantities:
        judge(quantity[0], lambda q=quantity: list(points.everywhere(*q)))  # type: ignore[misc]
    shown = [d for name, d in sorted(wanted.quantities.items()) if name not in unjudged]
    found += points.in_files(quantities, shown, unjudged)
    return found, list(unjudged)


def _at_laws(model: Model) -> Iterator[Numbers]:
    """Yield integrals of the derived quantities at boundaries and interfaces, of each component, and of the squares."""
    for name, derived in sorted(model.derived.items()):
        if derived.law is None:
            continue
        shape = derived.expression.ufl_shape
        parts = [derived.expression[i] for i in np.ndindex(*shape)] if shape else [derived.expression]
        over = tuple(OnRegion(part, derived.unit, (), derived.law) for part in parts)
        ends = [f".{i}" for i in range(len(parts))] if shape else [""]
        names = tuple(f"{name}{end}{power}" for power in ("", "^2") for end in ends)
        yield Numbers("quantity", name, names, derived.unit, derived.text, over, _moments)


def _moments(*over: Over) -> list[float]:
    return [each.integral() for each in over] + [each.integral(lambda u: u**2) for each in over]


def _quantities(model: Model, wanted: OutputSettings) -> list[Quantity]:
    """Return the fields in volumes and the derived quantities."""
    fields = [(n, model.field(n), f.unit, f.blocks) for n, f in sorted(model.fields.items()) if f.kind == "volume"]
    return fields + [(n, d.expression, d.unit, d.blocks) for n, d in sorted(wanted.quantities.items())]
