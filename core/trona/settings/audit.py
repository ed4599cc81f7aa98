"""The `audit` section of a deck: how closely balances must close, what happens otherwise, and the rates to follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trona.deck import Boolean, Choice, Integer, ListOf, Number, Section, Text
from trona.errors import DeckError, UserError, UserErrors, hint, raise_all

if TYPE_CHECKING:
    from trona.model.model import Model


class AuditSection(Section):
    """How the conservation audit judges a run and what it writes."""

    name = "audit"

    tolerance = Number(
        "closure error of a balance, relative to its largest term, that gives a warning", default="1e-8", above=0
    )
    limit = Number(
        "error of a balance or interface, relative to the largest term, above which the run ends",
        default="1e-3",
        above=0,
        below=1,
    )
    on_violation = Choice(
        ("limit", "stop", "warn"),
        "what to do when a balance does not close or the two sides of an interface differ: end the run above "
        "the limit and warn below it, end it in any case, or only warn",
        default="limit",
    )
    csv = Boolean("write audit.csv", default="true")
    every = Integer("number of steps between rows of audit.csv; every step is checked", default="1", minimum=1)
    monitors = ListOf(Text("name"), "monitored rates to follow, such as entropy_production; default none", default=None)


@dataclass(frozen=True)
class AuditSettings:
    """The settings of the audit; `monitors` are the names of the monitored rates to follow."""

    tolerance: float
    limit: float
    on_violation: str
    csv: bool
    every: int
    monitors: tuple[str, ...]


def read_audit(model: Model) -> AuditSettings:
    """Return the settings of a deck's `audit` section, or the defaults. Raises UserError."""
    section = AuditSection.read(model.deck)
    known = {term.monitor.name: None for term in model.monitors}
    errors: list[UserError] = []
    for entry in section.node("monitors").sequence() if section.monitors else ():
        if entry.string() not in known:
            name = entry.string()
            errors.append(entry.error(f"nothing in this deck contributes to a monitor '{name}'{hint(name, known)}"))
    asked = tuple(section.monitors or ())
    for term in model.monitors:
        if term.monitor.name not in asked:
            continue
        try:
            model.everywhere(term.expression, term.blocks, term.law, term.plugin)
        except UserErrors as error:
            errors.append(error)
        except UserError as error:
            errors.append(error if error.location is not None else DeckError(str(error), term.location))
    raise_all(errors)
    return AuditSettings(section.tolerance, section.limit, section.on_violation, section.csv, section.every, asked)
