"""The base classes of what plugins bring: a physics, and a way to write a material property."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.model.configured import Configured, Declared

if TYPE_CHECKING:
    from trona.model.contribution import Contribution
    from trona.model.view import Expression, ModelView


class Physics(Declared):
    """A physics: the class docstring holds the strong form, the symbols, their units and the source.

    name: the name that decks use. requires: fields, balances and sums of other plugins. provides: its own fields and
    balances, on the blocks of its option `blocks`, always or with some options. feeds: the sums to which it adds.
    references: BibTeX keys of the sources. Options are class attributes.
    """

    def contribute(self, model: Contribution) -> None:
        """Add the terms, laws and outputs of this physics to the model."""
        raise NotImplementedError


class PropertyForm(Configured):
    """A way to write a material property, for instance a temperature dependence with named parameters.

    `value`, if it is declared, is the option with the unit of the property. Other properties of the same block are
    available through `model.property`.
    """

    def evaluate(self, model: ModelView) -> Expression:
        """Return the property as an expression of its parameters and of fields."""
        raise NotImplementedError
