"""The declared sections of a deck, from which the schema and the manual are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trona.deck import Choice, Either, Group, MappingOf, Option, Section, Text, Value
from trona.model.declare import Balance, Field
from trona.model.motion import NAME, TEXT
from trona.model.sections import SOURCE, ElementsSection, FieldValue, MeshSection, MotionSection
from trona.settings.audit import AuditSection
from trona.settings.checkpoint import CheckpointSection
from trona.settings.outputs import OutputsSection
from trona.settings.protocol_options import ProtocolSection
from trona.settings.shown_units import units_option
from trona.settings.solver import SolverSection
from trona.settings.sweep import SweepSection
from trona.settings.time import TimeSection

if TYPE_CHECKING:
    from trona.model import Registry
    from trona.model.configured import Declared
    from trona.model.declare import Declaration

SECTIONS: tuple[type[Section], ...] = (
    MeshSection,
    TimeSection,
    SolverSection,
    OutputsSection,
    ElementsSection,
    MotionSection,
    AuditSection,
    CheckpointSection,
    ProtocolSection,
    SweepSection,
)
"""The sections with options of their own. A new one is a file beside this one, and its class here."""


class Word(Text):
    """A text that is no number."""

    def json_type(self) -> dict[str, Any]:
        return {"$ref": f"#/$defs/{self.named}"} if self.named else {"type": "string"}


class Property(Value):
    """A property of a material, which a form of a plugin may read."""

    kind = "value or form"

    def json_type(self) -> dict[str, Any]:
        return {}


def mappings(registry: Registry) -> dict[str, Option[Any]]:
    """Return the sections that are mappings of names, which the mesh, the plugins or the user give."""
    use = {"use": Word("the material that gives the other properties", default=None, names="material")}
    own = Group(use, "material", "", others=Property("value, or options of a form"))
    quantity = Text("quantity or expression")
    return {
        "materials": MappingOf(
            Either((Word("the name of a material", names="material"), own), "material"),
            "the material of each block: its name, or {use: NAME, PROPERTY: VALUE, ...}",
        ),
        "boundaries": MappingOf(
            Group(_conditions(registry), "conditions", ""), "conditions on boundaries and interfaces, by name"
        ),
        "initial": MappingOf(
            Either((FieldValue("value"), MappingOf(FieldValue("value there"), "by block or place")), "value"),
            "initial values, by field; also the first guess of a steady solve",
        ),
        "sources": MappingOf(Group(SOURCE, "source", ""), "sources of balances in blocks, under names of your choice"),
        "given": MappingOf(quantity, "fields that are given instead of solved for: quantities or expressions"),
        "units": units_option(),
        "definitions": MappingOf(quantity, "named quantities or expressions, usable in every expression of the deck"),
    }


def _conditions(registry: Registry) -> dict[str, Option[Any]]:
    """Return what the installed plugins let a boundary hold: fixed values, and what enters."""
    fields: dict[str, Option[Any]] = {NAME: FieldValue(f"{TEXT} [m]", default=None)}
    flows: dict[str, Option[Any]] = {}
    balances: dict[str, Option[Any]] = {}
    for cls in registry.physics.values():
        for declared in cls.provides:
            if not holds_at_boundaries(cls, declared):
                continue
            text = f"{declared.text} [{declared.unit}] ({cls.name})"
            if not isinstance(declared, Balance):
                fields[declared.name] = FieldValue(text, default=None)
                continue
            balances[declared.name] = FieldValue(f"flux of {text} times m", default=None)
            if declared.inflow:
                flows[declared.inflow] = FieldValue(f"{declared.inflow_text} ({cls.name})", default=None)
    robin = {"coefficient": FieldValue("per unit of the field"), "reference": FieldValue("value of the field outside")}
    through = {name: Group(robin, "robin", "", default=None) for name in fields}
    return {
        **fields,
        **flows,
        "inflow": Group(balances, "inflow", "flux that enters, by balance", default=None),
        "robin": Group(through, "robin", "flux in = coefficient * (reference - field), by field", default=None),
    }


def holds_at_boundaries(cls: type[Declared], declared: Declaration) -> bool:
    """Whether a field, or the field of a balance, can have boundary conditions: it lives in blocks, not at points."""
    if isinstance(declared, Balance):
        return any(
            d.name == declared.field and holds_at_boundaries(cls, d) for d in cls.provides if isinstance(d, Field)
        )
    return declared.kind == "volume" and declared.element != "local"


def own_outputs(registry: Registry) -> Option[Any]:
    """Return `outputs.extra` as an option, with the kinds of outputs and the reductions of all installed packages."""
    forms = []
    for name, kind in registry.output_kinds.items():
        declared, variants = kind.declared_options(), kind.variants(registry.reductions)
        forms += [
            Group({**declared, name: Choice((chosen,), text), **more}, name, text)
            for chosen, (text, more) in variants.items()
        ]
        forms += [] if variants else [Group(declared, name, kind.text())]
    return MappingOf(Either(tuple(forms), "output"), "outputs of your own, by name")
