"""The dimension check of a composed model: whether all that plugins wrote has the units that they declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from trona.deck.source import shorten
from trona.errors import DeckError, Location, UserError
from trona.model.dimensions import PURE, Claim, Derivation, declaration, exponents, mended, unit_of
from trona.model.field import symbols_in
from trona.model.parts import extent
from trona.model.printer import Printer
from trona.model.symbols import FieldSymbol, GeometrySymbol, PropertySymbol, TotalSymbol
from trona.units import Unit
from ufl.classes import ScalarValue, Zero
from ufl.corealg.traversal import traverse_unique_terminals

if TYPE_CHECKING:
    from trona.model.balance import Balance, Term
    from trona.model.model import Model

MOST_CAUSES = 3
_LARGEST = 12
"""Largest exponent of a unit, and denominator of a number, that somebody may have meant."""
_LARGEST_COUNT = 100
_ONE, _SECOND, _METRE = Unit.dimensionless, Unit.parse("s"), Unit.parse("m")


@dataclass(frozen=True, eq=False)
class _Subject:
    """Something that must have a unit: `expression` times `factor` that of `expected` (a unit or an expression).

    what: how a message names it. balance: the balance that it is a term of.
    """

    plugin: str
    place: Location | None
    what: str
    expression: Any
    expected: Any
    factor: Unit = _ONE
    balance: Balance | None = None

    @property
    def claim(self) -> Claim:
        if isinstance(self.expected, Unit):
            return Claim(self.expression, exponents(self.expected / self.factor))
        return Claim(self.expression, exponents(_ONE / self.factor), self.expected)


def wrong_units(model: Model) -> list[UserError]:
    """Find every term, property, sum and output whose unit is wrong, each told where its plugin stands.

    What only reports (outputs, derived quantities) is looked at when the equations are right.
    """
    for subjects in (_equations, _reports):
        if _hold(subjects(model)):
            continue
        wrong = [s for s in subjects(model) if not _hold((s,))]
        errors: list[UserError] = []
        for balance, group in groupby(wrong, key=lambda s: s.balance):
            members = list(group)
            error = _misdeclared(balance, members) if balance is not None else None
            errors += [error] if error is not None else [_error(s) for s in members]
        return list({str(error): error for error in errors}.values())
    return []


def _hold(subjects: Iterable[_Subject]) -> bool:
    derivation = Derivation()
    excess = [derivation.excess(subject.claim) for subject in subjects]
    return not derivation.broken and all(e == PURE for e in excess)


# ---------------------------------------------------------------------- what must have which unit


def _equations(model: Model) -> Iterator[_Subject]:
    for material in model.materials.values():
        for (name, unit), expression in material.used.items():
            if form := material.form(name, model.registry.forms):
                place, what = material.properties[name].location, f"the property {name} of {material.block}"
                yield _Subject(form, place, what, expression, Unit.parse(unit))
    asked = model.totals_asked_for()
    for total, feeds in model.feeds.items():
        if not total.startswith("flux of "):  # those are terms of a balance
            expected = asked.get(total, feeds[0].expression)
            for feed in feeds:
                yield _Subject(feed.plugin, feed.place, f"the feed of {total}", feed.expression, expected)
    for _, balance in sorted(model.balances.items()):
        for term in balance.terms:
            yield _term(balance, term)
    for c in model.constraints:
        what = f"the residual that '{c.multiplier.name}' holds at zero"
        yield _Subject(c.multiplier.plugin, c.multiplier.place, what, c.residual, c.unit)
    for g in model.integral_constraints:
        # As in the ledger, an amount in a plane is one per metre of depth: a current stays one in A.
        kind, factor = ("mean", _ONE) if g.mean else ("integral", _METRE**2)
        what = f"the {kind} that determines '{g.unknown.name}' at {g.law.name}"
        yield _Subject(g.plugin, g.unknown.place, what, g.integrand, g.target, factor)


def _term(balance: Balance, term: Term) -> _Subject:
    place = f" at {term.law.name if term.law else term.boundary}" if term.law or term.boundary else ""
    what = f"the {term.kind} of {balance.name}{place}"
    expected = balance.unit * _term_factor(term)
    return _Subject(term.plugin, term.place, what, term.expression, expected, balance=balance)


def _term_factor(term: Term) -> Unit:
    """Return what the unit of a balance is multiplied by in a term of this kind."""
    if term.kind == "storage":
        return _SECOND
    return _METRE if term.kind in ("flux", "inflow", "exchange") else _ONE


def _reports(model: Model) -> Iterator[_Subject]:
    for d in model.derived.values():
        yield _Subject(d.plugin, d.place, f"the derived quantity {d.name}", d.expression, d.unit)
    for o in model.outputs:
        expression, factor = o.expression, _ONE
        if o.reduce == "integral":
            factor = extent(model.dimension, whole=bool(o.blocks))
        elif o.reduce == "ratio" and not isinstance(expression, Zero):
            expression = expression / expression
        yield _Subject(o.plugin, o.place, f"the output {o.name}", expression, o.unit, factor)


# ---------------------------------------------------------------------- what to say


def _error(subject: _Subject) -> UserError:
    derivation = Derivation()
    derivation.excess(subject.claim)
    if derivation.broken:
        demand = derivation.broken[0]
        text = demand.words.format(*(_quoted(part, unit_of(unit)) for part, unit in demand.parts))
    else:
        found = _unit(derivation, subject.expression) * subject.factor
        against = subject.expected
        wanted = against if isinstance(against, Unit) else _unit(derivation, against)
        text = f"has the unit {found}, expected {wanted}"
    causes = _causes((subject.claim,))
    return DeckError(f"{subject.plugin}: {subject.what} {text}{causes}", subject.place)


def _misdeclared(balance: Balance, wrong: list[_Subject]) -> UserError | None:
    """Return one error for a balance whose terms agree with each other, but not with its unit."""
    terms = [_term(balance, t) for t in balance.terms if t.plugin != "boundaries"]
    derivation = Derivation()
    excess = {derivation.excess(subject.claim) for subject in terms}
    if len(terms) < 2 or len(terms) != len(wrong) or len(excess) != 1 or derivation.broken:
        return None
    found = unit_of(excess.pop()) * balance.unit
    text = f"all terms of {balance.name} make its unit {found}, but it is declared in {balance.unit}"
    causes = _causes([subject.claim for subject in terms]) or "; likely cause: that declaration"
    return DeckError(f"{balance.plugin}: {text}{causes}", balance.field.place)


def _unit(derivation: Derivation, expression: Any) -> Unit:
    return unit_of(derivation.unit(expression) or PURE)


def _quoted(expression: Any, unit: Unit) -> str:
    if isinstance(expression, ScalarValue):
        return f"the bare number {abs(expression.value()):g}"
    return f"'{shorten(Printer()(expression))}' ({unit})"


def _causes(claims: Sequence[Claim]) -> str:
    """Name what would make all claims hold if it had another unit.

    Options, properties and odd bare numbers come first: what a plugin's author writes a unit of. Constants, fields
    and sums are named only if it is none of those.
    """
    found: dict[str, list[str]] = {}
    for terminal in _terminals(claims):
        fits = mended(claims, terminal)
        if fits is None or any(e.denominator > 2 or abs(e) > _LARGEST for e in fits.dimension):
            continue
        kind, text = _shown(terminal)
        unit = f"{terminal.unit}; " if kind != "number" else ""
        found.setdefault(kind, []).append(f"{text} ({unit}{fits} would fit)")
    near = [text for kind in ("option", "property", "number") for text in found.get(kind, ())]
    far = [text for kind in ("constant", "field", "sum") for text in found.get(kind, ())]
    causes = (near or far)[:MOST_CAUSES]
    return f"; likely cause: {' or '.join(causes)}" if causes else ""


def _terminals(claims: Sequence[Claim]) -> list[Any]:
    """Return whatever of the claims could carry a wrong unit, symbols first, one for each declaration."""
    found: dict[Any, Any] = {}
    numbers: dict[Any, Any] = {}
    for claim in claims:
        for expression in (claim.expression, claim.against):
            if expression is None:
                continue
            for symbol in symbols_in(expression):
                if not isinstance(symbol, GeometrySymbol):
                    found.setdefault(declaration(symbol), symbol)
            for terminal in traverse_unique_terminals(expression):
                if isinstance(terminal, ScalarValue) and not isinstance(terminal, Zero) and _is_odd(terminal):
                    numbers.setdefault(declaration(terminal), terminal)
    return [*found.values(), *numbers.values()]


def _is_odd(number: Any) -> bool:
    """Whether a number looks measured, as 8.314 does and 3/2 does not."""
    value = abs(float(number.value()))
    return value > _LARGEST_COUNT or float(Fraction(value).limit_denominator(_LARGEST)) != value


def _shown(terminal: Any) -> tuple[str, str]:
    match terminal:
        case ScalarValue():
            return "number", _quoted(terminal, _ONE)
        case PropertySymbol():
            return "property", f"property '{terminal.name}'"
        case TotalSymbol():
            return "sum", f"sum '{terminal.name}'"
        case FieldSymbol():
            return "field", f"field '{terminal.name}'"
    # An option is named after its owner, a physical constant stands alone.
    kind = "option" if "." in terminal.name else "constant"
    return kind, f"{kind} '{terminal.name}'"
