"""Checks values against their declared ranges: a value beyond a bound is a mistake, an unusual one a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import ufl

from trona.deck.bounds import BOUNDS
from trona.errors import DeckError, Location, UserError
from trona.model.checks.known import expected_ranges, given_values, instants, points_of, samples, values_at
from trona.model.checks.options import check_options, usual_values
from trona.model.checks.starts import jumping_starts, unsaid_starts
from trona.model.materials.library import common_names
from trona.model.records import Expectation
from trona.model.unknown import beyond
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trona.model.checks.findings import Findings
    from trona.model.materials.library import PropertyName
    from trona.model.materials.material import Material
    from trona.model.model import Model


def check_ranges(model: Model, findings: Findings) -> list[UserError]:
    """Return the mistakes, and warn of unusual values. What only the run can show becomes an expectation of it."""
    errors: list[UserError] = []
    ranges = expected_ranges(model)
    names = common_names(model.registry)
    for (block, name, unit), found in model.properties.items():
        if name in names and names[name].unit.same_dimension(Unit.parse(unit)):
            errors += _property(model, model.materials[block], names[name], ufl.as_ufl(found), ranges, findings)
    errors += _fields(model, findings)
    errors += jumping_starts(model)
    errors += unsaid_starts(model, findings)
    errors += check_options(model, findings)
    _flows(model, findings)
    _options(model, findings)
    return errors


def _property(
    model: Model,
    material: Material,
    common: PropertyName,
    used: Any,
    ranges: Mapping[str, tuple[float, float]],
    findings: Findings,
) -> Iterator[UserError]:
    location = material.properties[common.name].location
    unit = common.unit.spelt
    found = samples(model, used, ranges)
    told = False
    for value, where in found or ():
        at = ", ".join(f"{name} = {v:.6g}" for name, v in where.items())
        at = f" where {at}" if at else ""
        for bound, limit in common.bounds.items():
            if not BOUNDS[bound].passes(value, limit):
                words = f"{BOUNDS[bound].words} {limit:g} {common.unit}"
                text = f"{common.name} of {material.block} is {value:.6g} {common.unit}{at}, but must be {words}"
                yield DeckError(text, location)
                return
        if not told and not common.low <= value <= common.high:
            told = True
            text = f"{common.name} of {material.block} is {value:.6g}{unit}{at}"
            findings.warnings.append(f"{location}: {text}; the usual range is {common.low:g} to {common.high:g}{unit}")
    if common.bounds and found is None:
        findings.judged_later.append(f"{common.name} of {material.block}")
    if common.bounds and (found is None or any(where for _, where in found)):
        low, high = (
            next((common.bounds[b] for b in pair if b in common.bounds), None)
            for pair in (("minimum", "above"), ("maximum", "below"))
        )
        findings.expectations.append(
            Expectation(
                common.name,
                used,
                common.unit.si,
                low,
                high,
                f"{common.name} of {material.name}",
                "",
                (material.block,),
                hard=True,
                location=location,
                excluded=tuple(common.bounds[b] for b in ("above", "below") if b in common.bounds),
            )
        )


def _fields(model: Model, findings: Findings) -> Iterator[UserError]:
    """Values of fields that the deck gives: above zero where the field is, and in its usual range."""
    for name, values, location, role in given_values(model):
        field = model.fields.get(name)
        declared = field.declaration if field is not None else model.registry.declared_field(name)
        if declared is None:
            continue
        unit = Unit.parse(declared.unit).si
        if not np.isfinite(values).all():
            yield DeckError(f"{role} is not finite everywhere", location)
        elif must := beyond(declared, values.min(), values.max()):
            worst = values.min() if must.startswith("above") else values.max()
            yield DeckError(f"'{name}' must be {must}, but {role} is {worst:.6g}{unit.spelt}", location)
        elif declared.usual is not None:
            _unusual(findings, name, values, declared.usual, unit, location)


def _flows(model: Model, findings: Findings) -> None:
    """Fluxes that enter through boundaries, as far as they are known."""
    times = instants(model)
    for balance, term in model.terms():
        usual = balance.declaration.inflow_usual
        if term.kind == "inflow" and term.plugin == "boundaries" and usual is not None:
            values = values_at(model, term.expression, points_of(model, term.boundary), times)
            if values is not None:
                name = balance.declaration.inflow
                _unusual(findings, name, values, usual, balance.flux_unit.si, term.location)


def _options(model: Model, findings: Findings) -> None:
    for name, option, values, location in usual_values(model):
        unit = getattr(option, "unit", Unit.dimensionless).si
        _unusual(findings, name, values, option.usual, unit, location)


def _unusual(
    findings: Findings, name: str, values: Any, usual: tuple[str, str], unit: Unit, location: Location | None
) -> None:
    from trona.deck import parse_expression

    low, high = (parse_expression(end, {}, unit).constant for end in usual)
    for value in (float(np.min(values)), float(np.max(values))):
        if not low <= value <= high:
            text = f"{name} is {value:.6g}{unit.spelt}; the usual range is {usual[0]} to {usual[1]}; is the unit right?"
            findings.warnings.append(f"{location}: {text}" if location else text)
            return
