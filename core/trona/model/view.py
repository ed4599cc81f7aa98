"""What a plugin can ask of the model that it is part of."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ufl.core.expr import Expr

from trona.model.composition import Composition
from trona.model.names import OwnNames
from trona.model.packages import read_constant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trona.deck import Deck
    from trona.mesh.data import MeshData
    from trona.model.coordinates import Coordinates
    from trona.model.registry import Registry
    from trona.model.symbols import GeometrySymbol, InputSymbol
    from trona.units import Unit

Expression: TypeAlias = Expr
"""What plugins calculate with: an expression of symbols, in UFL."""


class ModelView:
    """What one plugin sees of the model: fields, properties and constants as symbols with units.

    plugin: the name of the plugin. values: constant fields that the model itself lacks.
    """

    def __init__(
        self,
        composition: Composition,
        plugin: str,
        own: OwnNames | None = None,
        values: Mapping[str, InputSymbol] | None = None,
    ) -> None:
        self._composition, self._plugin = composition, plugin
        self._own, self._values = own or OwnNames(), values or {}

    # ------------------------------------------------------------------ the mesh and its coordinates

    @property
    def mesh(self) -> MeshData:
        """The mesh as it was read."""
        return self._composition.mesh

    @property
    def dimension(self) -> int:
        """The dimension of the mesh."""
        return self._composition.dimension

    @property
    def coordinates(self) -> Coordinates:
        """The coordinate system."""
        return self._composition.coordinates

    @property
    def position(self) -> GeometrySymbol:
        """The position, m."""
        return self._composition.symbols.x

    @property
    def normal(self) -> GeometrySymbol:
        """The normal: outward on a boundary, from minus to plus at an interface."""
        return self._composition.symbols.n

    @property
    def time(self) -> GeometrySymbol:
        """The time, s."""
        return self._composition.symbols.t

    @property
    def cell_size(self) -> GeometrySymbol:
        """The current cell size, m: a positive number at each point.

        In blocks it is the edge of the right-angled cell of the same volume V in d dimensions, (d! V)^(1/d). At
        boundaries it is the height of the cell over its facet A, d V/A, and between two cells, and at interfaces, the
        harmonic mean of both heights.
        """
        return self._composition.symbols.h

    @property
    def steady(self) -> bool:
        """Whether the deck has no `time`."""
        return self._composition.steady

    @property
    def deck(self) -> Deck:
        """The deck."""
        return self._composition.deck

    @property
    def registry(self) -> Registry:
        """All installed physics."""
        return self._composition.registry

    # ------------------------------------------------------------------ fields, properties, constants

    def field(self, name: str) -> Expression:
        """Return a field: an unknown, or one that the deck gives. Raises UserError if there is none."""
        return self._values[name] if name in self._values else self._composition.field(self._own.find(name))

    def rate(self, name: str) -> Expression:
        """Return the rate of change of an unknown in time, by the scheme of the time steps; zero in a steady deck."""
        return self._composition.rate_symbol(self._own.find(name), None, "")

    def has_field(self, name: str) -> bool:
        """Whether there is a field of this name, unknown or given."""
        known = self._composition
        return name in self._values or self._own.find(name) in known.fields or name in known.given

    def has_balance(self, name: str) -> bool:
        """Whether a balance of this name is solved."""
        return self._own.find(name) in self._composition.balances

    def property(self, name: str, unit: str, default: float | None = None) -> Expression:
        """Return a material property, whose value in each block is given by its material.

        default: the value where a material does not have it, for a pure number. Without it, that is an error.
        """
        return self._composition.property_symbol(name, unit, default=default)

    def constant(self, name: str) -> Expression:
        """Return a physical constant from the `constants.yaml` of a plugin package.

        If several packages define the name, it means the one of the plugin's own package, unless it is qualified:
        'package:name'. Raises UserError if no package defines it, or only several others do.
        """
        known = self._composition
        key = ("constant", name, known.registry.distributions.get(self._plugin, ""))
        return known.symbols.once(key, lambda: known.input(read_constant(known.registry, name, self._plugin), name))

    def variables(self) -> dict[str, Unit]:
        """Names that an expression of the deck may use here, with their units."""
        return {**self._composition.variables(), **{n: s.unit for n, s in self._values.items()}}

    def variable_symbols(self, names: Iterable[str]) -> dict[str, Expression]:
        """Return the symbol of each variable of an expression."""
        own = {n: self._values[n] for n in names if n in self._values}
        return own | self._composition.variable_symbols([n for n in names if n not in own])


class Viewed(Composition):
    """A composition of which plugins, and the forms of material properties, get to see their part."""

    def view(self, user: str, values: Mapping[str, InputSymbol] | None = None) -> ModelView:
        """Return what `user` sees; values: fields of constant value that this lacks."""
        return ModelView(self, user, values=values)
