"""The content of a mesh file, before it is checked against the geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trona.deck.printable import harmful

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CELLS = {0: "vertex", 1: "interval", 2: "triangle", 3: "tetrahedron"}
GMSH_ENTITY = ("Point", "Curve", "Surface", "Volume")
_ELEMENT = ("point", "edge", "triangle", "tetrahedron")
ELEMENTS = ("points", "edges", "triangles", "tetrahedra")


class RefusedError(ValueError):
    """A mesh that cannot be used. The text says what was found and what to do, without the name of the file."""


@dataclass(frozen=True, eq=False)
class Group:
    """Elements of one dimension under one name; `rows` index `RawMesh.elements[dim]`, without repetition."""

    name: str
    dim: int
    rows: Ints


@dataclass(frozen=True, eq=False)
class RawMesh:
    """Points (n, 3) in the file's own unit, simplices by dimension with vertex ids (m, dim + 1), and groups.

    Groups are in the order of the file. An element may be in several groups or in none.
    """

    points: Floats
    elements: dict[int, Ints]
    groups: tuple[Group, ...]


def counted(count: int, dim: int) -> str:
    """Return a number of elements of dimension `dim`, as in '1 triangle' or '3 edges'."""
    return f"{count} {_ELEMENT[dim] if count == 1 else ELEMENTS[dim]}"


def place(point: Floats) -> str:
    """Return a point as '(0.25, 0.5)', in the unit of the file."""
    return f"({', '.join(f'{x:.6g}' for x in point)})"


def check_names(names: Sequence[tuple[int, str]]) -> None:
    """Refuse pairs (dimension, name) whose names are ambiguous or invalid in a deck."""
    dims: dict[str, int] = {}
    for dim, name in names:
        if character := harmful(name):
            raise RefusedError(f"the name of a physical group contains the character U+{ord(character):04X}")
        bad = sorted(set(name) & set("|.="))
        if bad:
            raise RefusedError(
                f"the name '{name}' of a physical group contains '{bad[0]}', which has a special meaning in a deck; "
                "use letters, digits, '_' and '-'"
            )
        if dims.setdefault(name, dim) != dim:
            low, high = sorted((dims[name], dim))
            raise RefusedError(
                f"the name '{name}' is used twice, for a Physical {GMSH_ENTITY[low]} and a Physical "
                f"{GMSH_ENTITY[high]}; give one of them another name"
            )


def merged_groups(entries: Sequence[tuple[str, int, Ints]]) -> tuple[Group, ...]:
    """Return one group per name, in the order of first appearance; groups of the same name are merged."""
    rows: dict[tuple[str, int], list[Ints]] = {}
    for name, dim, part in entries:
        rows.setdefault((name, dim), []).append(part)
    return tuple(Group(name, dim, np.unique(np.concatenate(found))) for (name, dim), found in rows.items())
