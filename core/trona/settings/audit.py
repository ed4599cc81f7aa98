"""The deck's `audit` section: how closely balances must close, what then, and which monitored rates to follow."""

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
        "closure error of a balance in a step that is accepted, relative to its largest term", default="1e-8", above=0
    )
    limit = Number(
        "error, relative to the largest term, with which a balance or an interface ends the run",
        default="1e-3",
        above=0,
        below=1,
    )
    on_violation = Choice(
        ("limit", "stop", "warn"),
        "what to do when a balance does not close or the sides of an interface do not cancel: end the run above the "
        "limit and warn below it, end it in any case, or only warn",
        default="limit",
    )
    csv = Boolean("write audit.csv", default="true")
    every = Integer(
        "write audit.csv every so many steps, and at the last one; each step is checked", default="1", minimum=1
    )
    monitors = ListOf(Text("name"), "monitored rates to follow, such as entropy_production; default none", default=None)


@dataclass(frozen=True)
class AuditSettings:
    """What the deck asks of the audit; `monitors` are the names of the monitored rates to follow."""

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
            errors.append(entry.error(f"nothing here contributes to a monitor '{name}'{hint(name, known)}"))
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
