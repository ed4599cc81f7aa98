"""The base class of every physics plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from trona.deck.options import Option, Options, OptionValues
from trona.model.declare import Sum

if TYPE_CHECKING:
    from trona.model.contribution import Contribution
    from trona.model.declare import Declaration, Need
    from trona.model.view import Expression, ModelView


class Configured:
    """Something with declared options that become attributes: quantities as symbols, names as text."""

    name: ClassVar[str] = ""
    requires: ClassVar[tuple[Need, ...]] = ()

    def __init__(self, values: OptionValues, model: Contribution, owner: str) -> None:
        self.options, self.owner = values, owner
        for option, value in values.values.items():
            setattr(self, option, model.option_value(value, f"{owner}.{option}"))

    @classmethod
    def declared_options(cls) -> dict[str, Option[Any]]:
        return Options.declared(cls)


class Physics(Configured):
    """A physics: the class docstring holds the strong form, the symbols, their units and the source.

    name: how a deck calls it. requires: fields, balances and sums of others. provides: its own, whose blocks are
    those of its option `blocks`. feeds: the sums that it adds to. references: BibTeX keys of the sources. Options are
    class attributes.
    """

    provides: ClassVar[tuple[Declaration, ...]] = ()
    uses: ClassVar[tuple[Need, ...]] = ()
    """What it takes into account when there, without needing it."""
    feeds: ClassVar[tuple[Sum, ...]] = ()
    references: ClassVar[tuple[str, ...]] = ()
    several: ClassVar[bool] = False
    """Whether it may stand several times at one place, where all of them act."""

    @classmethod
    def reads(cls) -> tuple[Sum, ...]:
        """Return the sums that it requires or uses."""
        return tuple(need for need in (*cls.requires, *cls.uses) if isinstance(need, Sum))

    def contribute(self, model: Contribution) -> None:
        """Add this physics' terms, laws and outputs to the model."""
        raise NotImplementedError


class PropertyForm(Configured):
    """A way to write a material property, for instance a temperature dependence with named parameters.

    `value`, where it is declared, is the option that carries the property's own unit. Other properties of the same
    block are asked for by `model.property`.
    """

    def evaluate(self, model: ModelView) -> Expression:
        """Return the property as an expression of its parameters and of fields."""
        raise NotImplementedError
