"""The dimension check of a composed model: whether everything that plugins wrote has the declared units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ufl.classes import ScalarValue, Zero
from ufl.corealg.traversal import traverse_unique_terminals

from trona.deck.source import shorten
from trona.errors import DeckError, Location, UserError
from trona.model.checks.dimensions import PURE, Claim, Derivation, declaration, exponents, mended, unit_of
from trona.model.printer import Printer
from trona.model.symbols import FieldSymbol, GeometrySymbol, InputSymbol, PropertySymbol, SumSymbol, Symbol
from trona.model.unknown import symbols_in
from trona.units import Unit

if TYPE_CHECKING:
    from trona.model.equation import Equation, Term
    from trona.model.model import Model

MOST_CAUSES = 3
_LARGEST = 12
"""Largest exponent of a unit, and denominator of a fraction, that somebody may have meant."""
_LARGEST_COUNT = 100
_ONE, _SECOND, _METRE = Unit.dimensionless, Unit.parse("s"), Unit.parse("m")


class UnitError(DeckError):
    """An expression of a plugin that does not have the declared unit."""


@dataclass(frozen=True, eq=False)
class _Subject:
    """Something that must have a unit: `expression` times `factor` that of `expected` (a unit or an expression).

    what: how a message names it. balance: the balance that it is a term of.
    """

    plugin: str
    location: Location | None
    what: str
    expression: Any
    expected: Any
    factor: Unit = _ONE
    balance: Equation | None = None

    @property
    def claim(self) -> Claim:
        if isinstance(self.expected, Unit):
            return Claim(self.expression, exponents(self.expected / self.factor))
        return Claim(self.expression, exponents(_ONE / self.factor), self.expected)


def wrong_units(model: Model) -> list[UserError]:
    """Find every term, property, sum and output whose unit is wrong, each located at its plugin in the deck.

    Outputs and derived quantities are checked only when the equations are right.
    """
    for subjects in (_equations, _reports):
        if not _hold(subjects(model)):
            return _Reporter(list(subjects(model))).errors()
    return []


def _hold(subjects: Iterable[_Subject]) -> bool:
    derivation = Derivation()
    excess = [derivation.excess(subject.claim) for subject in subjects]
    return not derivation.broken and all(e == PURE for e in excess)


# ---------------------------------------------------------------------- what must have which unit


def _equations(model: Model) -> Iterator[_Subject]:
    for (block, name, unit), expression in model.properties.items():
        material = model.materials[block]
        if form := material.form(name, model.registry.forms):
            location, what = material.properties[name].location, f"the property {name} of {block}"
            yield _Subject(form, location, what, expression, Unit.parse(unit))
    for key, feeds in model.feeds.items():
        for feed in feeds:
            what = f"the feed of {key.name}" + (f" at {feed.law.name}" if feed.law is not None else "")
            yield _Subject(feed.plugin, feed.location, what, feed.expression, Unit.parse(key.sum.unit))
    for _, balance in sorted(model.balances.items()):
        for term in balance.terms:
            yield _term(balance, term)
    for c in model.constraints:
        what = f"the residual that '{c.multiplier.name}' holds at zero"
        yield _Subject(c.multiplier.plugin, c.multiplier.location, what, c.residual, c.unit)
    for g in model.integral_constraints:
        # As in the ledger, an amount in a plane is one per metre of depth: a current stays one in A.
        size = _METRE**2 if g.law is not None else _METRE**3
        kind, factor = ("mean", _ONE) if g.mean else ("integral", size)
        where = f"{'at' if g.law is not None else 'in'} {g.region}"
        what = f"the {kind} that determines '{g.unknown.name}' {where}"
        yield _Subject(g.plugin, g.location, what, g.integrand, g.target, factor)


def _term(balance: Equation, term: Term) -> _Subject:
    at = f" at {term.law.name if term.law else term.boundary}" if term.law or term.boundary else ""
    kind = {"raw": "raw term", "facet": "facet_flux", "jump": "jump_flux"}.get(term.kind, term.kind)
    what = f"the {kind} of {balance.name}{at}"
    return _Subject(term.plugin, term.location, what, term.expression, _expected(balance, term), balance=balance)


def _expected(balance: Equation, term: Term) -> Unit:
    """Return the unit of a term; a storage is written in the unit of the balance: 'W/m^3*s' says more than 'Pa'."""
    unit = balance.unit
    if term.kind == "storage":
        text = unit.text.removesuffix("/s") if unit.text.endswith("/s") else f"{unit.text}*s"
        return Unit(text, (unit * _SECOND).dimension)
    if term.kind == "jump":
        return balance.flux_unit * _METRE
    return balance.flux_unit if term.kind in ("flux", "inflow", "exchange", "facet") else unit


def _reports(model: Model) -> Iterator[_Subject]:
    for d in model.derived.values():
        yield _Subject(d.plugin, d.location, f"the derived quantity {d.name}", d.expression, d.unit)
    for o in model.outputs:
        yield _Subject(o.plugin, o.location, f"the output {o.name}", o.expression, o.expressed_in)
    for m in model.monitors:
        at = f" at {m.law.name}" if m.law else ""
        yield _Subject(m.plugin, m.location, f"the contribution to {m.monitor.name}{at}", m.expression, m.unit)
    for p in model.drop_parts:
        at = f" at {p.law.name}" if p.law else ""
        yield _Subject(p.plugin, p.location, f"the part '{p.cause}' of {p.drop.name}{at}", p.expression, p.unit)
    for e in model.drop_ends:
        text = f"{e.drop.name} outside {e.law.name}"
        yield _Subject(e.plugin, e.location, text, e.value, Unit.parse(e.drop.unit))


# ---------------------------------------------------------------------- what to say


class _Reporter:
    """Says what is wrong with subjects, and which unit is the likely cause."""

    def __init__(self, subjects: list[_Subject]) -> None:
        self.subjects = subjects

    def errors(self) -> list[UserError]:
        wrong = [s for s in self.subjects if not _hold((s,))]
        errors: list[UserError] = []
        for balance, group in groupby(wrong, key=lambda s: s.balance):
            members = list(group)
            error = self._misdeclared(balance, members) if balance is not None else None
            errors += [error] if error is not None else [self._error(s) for s in members]
        return list({str(error): error for error in errors}.values())

    def _error(self, subject: _Subject) -> UserError:
        claim, derivation = subject.claim, Derivation()
        derivation.excess(claim)
        known = [s.unit for s in _terminals((claim,)) if isinstance(s, Symbol)]
        wanted = subject.expected
        if isinstance(wanted, Unit):
            known.insert(0, wanted)
        else:
            wanted = _spelt(_unit(derivation, wanted), known)
        within: list[Claim] = []
        if derivation.broken:
            demand = derivation.broken[0]
            parts = [(part, _spelt(unit_of(unit), known)) for part, unit in demand.parts]
            text = demand.words.format(*(_quoted(*part) for part in parts))
            if parts:
                within = [Claim(parts[0][0], PURE, *(part for part, _ in parts[1:]))]
        else:
            found = _spelt(_unit(derivation, subject.expression) * subject.factor, known)
            text = f"has the unit {found}, expected {wanted}"
        causes = self._causes((claim,), known) or (within and self._causes(within, known)) or ""
        return UnitError(f"{subject.plugin}: {subject.what} {text}{causes}", subject.location)

    def _misdeclared(self, balance: Equation, wrong: list[_Subject]) -> UserError | None:
        """Return one error for a balance whose terms agree with each other, but not with its unit."""
        terms = [_term(balance, t) for t in balance.terms if t.plugin != "boundaries"]
        claims, derivation = [subject.claim for subject in terms], Derivation()
        excess = {derivation.excess(claim) for claim in claims}
        if len(terms) < 2 or len(terms) != len(wrong) or len(excess) != 1 or derivation.broken:
            return None
        found = unit_of(excess.pop()) * balance.unit
        text = f"all terms of {balance.name} make its unit {found}, but it is declared in {balance.unit}"
        causes = self._causes(claims, [balance.unit])
        return UnitError(f"{balance.plugin}: {text}{causes}", balance.field.location)

    def _causes(self, claims: Sequence[Claim], known: Sequence[Unit]) -> str:
        """Name the symbols that would make all claims hold if they had another unit.

        First come options, properties and odd bare numbers. Constants, fields and sums are used all over the model:
        they are named if it is none of those, and if all of the model would then hold.
        """
        near: dict[str, list[str]] = {"option": [], "property": [], "number": []}
        far: list[str] = []
        for terminal in _terminals(claims):
            kind, text = _shown(terminal)
            more = () if kind in near else (s.claim for s in self.subjects)
            fits = mended([*claims, *more], terminal)
            if fits is None or any(e.denominator > 1 or abs(e) > _LARGEST for e in fits.dimension):
                continue
            unit = f"{terminal.unit}; " if kind != "number" else ""
            near.get(kind, far).append(f"{text} ({unit}{_spelt(fits, known)} would fit)")
        causes = ([text for texts in near.values() for text in texts] or far)[:MOST_CAUSES]
        return f"; likely cause: {' or '.join(causes)}" if causes else ""


def _spelt(unit: Unit, known: Iterable[Unit]) -> Unit:
    """Return the unit as it is written elsewhere, if one of the known units is the same."""
    return next((k.si for k in known if k.same_dimension(unit)), unit)


def _unit(derivation: Derivation, expression: Any) -> Unit:
    return unit_of(derivation.unit(expression) or PURE)


def _quoted(expression: Any, unit: Unit) -> str:
    if isinstance(expression, ScalarValue):
        return f"the bare number {abs(expression.value()):g}"
    return f"'{shorten(Printer()(expression))}' ({unit})"


def _terminals(claims: Sequence[Claim]) -> list[Any]:
    """Return whatever of the claims could carry a wrong unit, symbols first, one for each declaration."""
    found: dict[Any, Any] = {}
    numbers: dict[Any, Any] = {}
    for claim in claims:
        for expression in (claim.expression, claim.against):
            if expression is None:
                continue
            for symbol in symbols_in(expression):
                if not _is_given(symbol):
                    found.setdefault(declaration(symbol), symbol)
            for terminal in traverse_unique_terminals(expression):
                if isinstance(terminal, ScalarValue) and not isinstance(terminal, Zero) and _is_odd(terminal):
                    numbers.setdefault(declaration(terminal), terminal)
    return [*found.values(), *numbers.values()]


def _is_given(symbol: Symbol) -> bool:
    """Whether the unit is not declared: position, time, normal, and the `value` of a property form."""
    of_form = isinstance(symbol, InputSymbol) and symbol.slot.endswith(".value")
    return of_form or isinstance(symbol, GeometrySymbol)


def _is_odd(number: Any) -> bool:
    """Whether a number looks measured, as 8.314 does and 3/2 does not."""
    value = abs(float(number.value()))
    return value > _LARGEST_COUNT or float(Fraction(value).limit_denominator(_LARGEST)) != value


def _shown(terminal: Any) -> tuple[str, str]:
    match terminal:
        case ScalarValue():
            return "number", _quoted(terminal, _ONE)
        case PropertySymbol():
            return "property", f"property '{terminal.shown}'"
        case SumSymbol():
            return "sum", f"sum '{terminal.name}'"
        case FieldSymbol():
            return "field", f"field '{terminal.name}'"
    # An option is named after its owner, a physical constant stands alone.
    kind = "option" if "." in terminal.name else "constant"
    return kind, f"{kind} '{terminal.name}'"
