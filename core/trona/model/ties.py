"""Ties: where a law breaks a field along part of a border, the field is held continuous on the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.errors import DeckError, UserError
from trona.model.equation import Crossing
from trona.model.laws import Law, Patch
from trona.model.names import OwnNames
from trona.model.unknown import cut_borders
from trona.model.writer import Writer

if TYPE_CHECKING:
    from trona.mesh.data import Interface
    from trona.model.draft import Draft
    from trona.model.symbols import Side


def tie_fields(draft: Draft) -> None:
    """Tie each field across the borders between its pieces at which no law breaks it.

    A field is one function on each of its pieces, so a law at part of a border cuts it along the whole, and perhaps
    along other borders that join the same blocks. What flows across a tie is an unknown of its own, a multiplier that
    holds the jump at zero: one side loses what the other gains. Raises DeckError, at the law, where there can be none.
    """
    for name, field in list(draft.fields.items()):
        balance = next((b.name for b in draft.balances.values() if b.field.name == name), "")
        for border, sets in cut_borders(field, draft.mesh) if balance else ():
            broken = field.broken_at
            # The law that cuts this border, else one whose sides this border would join.
            beside = [key for key in broken if draft.mesh.interfaces[key].blocks == border.blocks]
            cause = (beside or [*broken])[0]
            location = next((t.location for _, t in draft.terms() if t.law and t.law.key == cause), field.location)
            try:
                _tie(Writer(draft, broken[cause], location, OwnNames()), name, balance, border, sets)
            except UserError as error:
                raise DeckError(f"{cause} is a part of the border {border.name}: {error}", location) from None


def _tie(by: Writer, field: str, balance: str, border: Interface, sets: tuple[int, ...]) -> None:
    """Hold a field continuous at some facet sets of a border."""
    draft, (minus, plus) = by.draft, border.blocks
    where = border.name if sets == border.sets else f"rest of {border.name}"
    sides: dict[Side | None, str] = {"minus": minus, "plus": plus}
    law = Law(where, where, (Patch(sides, sets),), minus, plus)
    unknown = draft.fields[field]
    jump = draft.field_symbol(field, "minus", minus) - draft.field_symbol(field, "plus", plus)
    text = f"flux of {balance} that keeps {field} continuous"
    name = f"{field}_tie ({where})"
    flux = by.constraint(law, jump, str(unknown.unit), balance, name, text, unknown.shape, 0, "")
    draft.change_field(name, degree=unknown.degree)  # as many values as there are of the jump
    crossing = Crossing(where, (minus, plus))
    by.term(balance, "exchange", -flux, law=law, side="minus", crossing=crossing)
    by.term(balance, "exchange", flux, law=law, side="plus", crossing=crossing)
