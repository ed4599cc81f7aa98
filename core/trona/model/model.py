"""The Model: regions, fields, properties and balances of a deck, composed by its plugins; plain UFL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from trona.deck.printable import html_table, paragraph
from trona.model.materials.evaluate import evaluate
from trona.model.view import Viewed

if TYPE_CHECKING:
    from trona.deck import Deck
    from trona.mesh.data import MeshData
    from trona.model.configured import Declared
    from trona.model.controls import ProtocolControls
    from trona.model.coordinates import Coordinates
    from trona.model.equation import Equation
    from trona.model.local_traces import LocalTraces
    from trona.model.materials.material import Material
    from trona.model.motion import Motion
    from trona.model.records import (
        Constraint,
        Derived,
        DropEnd,
        DropPart,
        Expectation,
        Feed,
        FixedValue,
        IntegralConstraint,
        Length,
        MonitorTerm,
        Output,
    )
    from trona.model.registry import Registry
    from trona.model.symbols import SumAt, Symbols
    from trona.model.unknown import Given, Unknown
    from trona.units import Unit


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Model(Viewed):
    """A deck's physics, composed by `trona.model.compose`.

    Only `alike.adopt` changes it, between the cases of a sweep or a study.

    fields: the unknowns by name. given: the fields that the deck gives. balances: the equation of each balance, with
    all its terms. physics: the plugins in the order in which they contributed. properties: those that the equations
    need, by block, name and unit. references: values in SI that fields are drawn towards at boundaries, by field.
    length_unit: the unit of length in the mesh file.
    warnings: what a user should look at; of the mesh alone, `mesh_warnings`.
    judged_later: what has bounds and depends on something that only a run knows.
    """

    deck: Deck
    registry: Registry
    mesh: MeshData
    steady: bool
    symbols: Symbols
    coordinates: Coordinates
    length_unit: Unit
    controls: ProtocolControls
    physics: tuple[Declared, ...]
    materials: Mapping[str, Material]
    properties: Mapping[tuple[str, str, str], Any]
    fields: Mapping[str, Unknown]
    given: Mapping[str, Given]
    balances: Mapping[str, Equation]
    feeds: Mapping[SumAt, tuple[Feed, ...]]
    fixed: tuple[FixedValue, ...]
    references: Mapping[str, tuple[float, ...]]
    constraints: tuple[Constraint, ...]
    integral_constraints: tuple[IntegralConstraint, ...]
    outputs: tuple[Output, ...]
    derived: Mapping[str, Derived]
    monitors: tuple[MonitorTerm, ...]
    drop_parts: tuple[DropPart, ...]
    drop_ends: tuple[DropEnd, ...]
    expectations: tuple[Expectation, ...]
    lengths: tuple[Length, ...]
    motion: Motion | None
    quadrature_degree: int
    traces: LocalTraces
    warnings: tuple[str, ...] = ()
    mesh_warnings: tuple[str, ...] = ()
    judged_later: tuple[str, ...] = ()
    read_later: dict[tuple[str, str, str], Any] = field(default_factory=dict, repr=False)
    """Properties that only outputs and the like have asked for, by the same keys."""

    VALUES: ClassVar[tuple[str, ...]] = ("deck", "physics", "materials", "references", "warnings", "judged_later")
    """What a model takes over from one that differs in numbers only; see `alike`."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, dict) and each.name != "read_later":
                object.__setattr__(self, each.name, MappingProxyType(value))

    def __repr__(self) -> str:
        names = ", ".join(f"{name} [{field.unit}]" for name, field in self.fields.items())
        return f"{self._shown}\nunknowns: {names or 'none'}\nphysics: {', '.join(p.name for p in self.physics)}"

    def _repr_html_(self) -> str:
        rows = [
            (name, str(field.unit), field.declaration.text, field.law.name if field.law else ", ".join(field.blocks))
            for name, field in self.fields.items()
        ]
        below = [f"physics: {', '.join(p.name for p in self.physics)}", *(f"warning: {text}" for text in self.warnings)]
        return f"{paragraph(self._shown)}{html_table(('unknown', 'unit', 'meaning', 'lives in'), rows, below)}"

    @property
    def _shown(self) -> str:
        cells, blocks = len(self.mesh.cells), ", ".join(self.mesh.blocks)
        return f"{self.deck.name}: {'steady' if self.steady else 'transient'}, {cells} cells of {blocks}"

    @property
    def dimension(self) -> int:  # type: ignore[override]
        """The dimension of the mesh."""
        return int(self.mesh.points.shape[1])

    @property
    def definitions(self) -> Mapping[str, str]:
        """The texts of the deck's definitions, by name."""
        return self.deck.root.scope.definitions

    def property_of(self, block: str, name: str, unit: Unit, user: str) -> Any:
        key = (block, name, str(unit))
        if key in self.properties:
            return self.properties[key]
        if key not in self.read_later:  # such as what only an output asks for
            self.read_later[key] = evaluate(self.materials[block], name, unit, self, user)
        return self.read_later[key]

    def properties_of(self, block: str) -> dict[tuple[str, str], Any]:
        """Return the properties of a block that the equations need, by name and unit."""
        return {(name, unit): e for (home, name, unit), e in self.properties.items() if home == block}
