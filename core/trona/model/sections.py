"""The options of the deck's own sections that the model reads."""

from __future__ import annotations

from typing import Any

from trona.deck import Blocks, Choice, Integer, ListOf, MappingOf, Node, Number, Option, Quantity, Section, Text, Value
from trona.model.coordinates import SYSTEMS

MAX_ORDER = 4
"""The highest polynomial order of a field."""


def entries_of(node: Node | None) -> dict[str, Node]:
    """Return the entries of a section that may be left out or empty. Raises DeckError if it is no mapping."""
    return {} if node is None or node.value is None else node.mapping()


class FieldValue(Value):
    """The same, or one per component of a vector."""

    kind = f"{Value.kind}, or a list of components"

    def json_type(self) -> dict[str, Any]:
        components = {"type": "array", "items": {"type": ["string", "number", "null"]}}
        return {"anyOf": [*super().json_type()["anyOf"], components]}


SOURCE: dict[str, Option[Any]] = {
    "balance": Text("the balance that gains it"),
    "blocks": Blocks("blocks where it is; by default all in which the balance is solved", default=None),
    "value": FieldValue("what is gained per volume and time; it may depend on position, time and fields", default=None),
    "total": FieldValue(
        "instead, what is gained per time in all of these blocks together, the same everywhere; it may depend on time",
        default=None,
    ),
}
"""The options of one source of the deck."""


class MeshSection(Section):
    """A mesh file and the unit of its coordinates, or layers that need no file."""

    name = "mesh"

    file = Text("mesh file, relative to the deck: MSH 2.2 or 4.1, or another format that meshio reads", default=None)
    length_unit = Choice(("m", "cm", "mm", "um", "nm"), "unit of the coordinates in the mesh file", default="m")
    coordinates = Choice(
        tuple(SYSTEMS), "; ".join(f"{name}: {s.text}" for name, s in SYSTEMS.items()), default="planar"
    )
    layers = ListOf(
        MappingOf(Quantity("m", "thickness", above="0 m", variables=())),
        "instead of a file: flat layers from the bottom up, each {BLOCK: THICKNESS}, with the boundaries "
        "bottom, top and sides",
        default=None,
    )
    width = Quantity("m", "extent along the layers; a line if not given", default=None, above="0 m", variables=())
    start = Quantity(
        "m", "position where the first layer begins, such as the inner radius of a shell", default=None, variables=()
    )
    cells = Integer("cells through each layer", default="4", minimum=1, maximum=1000)
    cells_across = Integer("cells along the layers", default="4", minimum=1, maximum=1000)
    wave = MappingOf(
        Quantity("m", "amplitude; the crest is at x = 0", variables=()),
        "interfaces with half a wave along the width: {LOWER | UPPER: AMPLITUDE}",
        default=None,
    )


class ElementsSection(Section):
    """Polynomial orders of the fields, and the degree of the quadrature."""

    name = "elements"

    order = Integer("polynomial order of the fields", default="2", minimum=1, maximum=MAX_ORDER)
    quadrature_degree = Integer(
        "degree for which the quadrature is exact; default twice the highest order, at least 3",
        default=None,
        minimum=1,
        maximum=20,
    )

    @classmethod
    def others(cls) -> Option[int]:
        return Integer("polynomial order of the field of that name", minimum=1, maximum=MAX_ORDER)


class MotionSection(Section):
    """How the mesh follows interfaces that a physics moves; only for decks with such a physics.

    `mesh_displacement` is then a field like any other: boundaries fix it or leave it free.
    """

    name = "motion"

    direction = Choice(("any", "x", "y", "z"), "the only direction in which nodes move", default="any")
    smoothing = Choice(
        ("harmonic", "elastic"),
        "how the displacement is extended into the blocks; along one direction it is always harmonic",
        default="harmonic",
    )
    rigid = Blocks("blocks that keep their thickness along the direction, or their shape", default=None)
    rigidity = Number("ratio of the stiffness of the rigid blocks to that of the others", default="1e6", minimum=1)
    on_poor_mesh = Choice(
        ("stop", "remesh"),
        "what to do when a cell has become poor; remeshing needs a 2-D mesh and one process",
        default="stop",
    )
    smallest_quality = Number(
        "share of its initial quality that every cell must keep; 0 for no limit", default="0.3", minimum=0, maximum=0.9
    )
