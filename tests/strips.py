"""Decks on flat layers, solved, and read back at their nodes: the bench of the closed forms."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from trona.deck import Deck, read_deck
from trona.session.run import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trona.session.result import Result

R_GAS, FARADAY = 8.31446261815324, 96485.33212331001
"""J/mol/K and C/mol, CODATA 2018."""

_numbers = itertools.count()


def strip(
    folder: Path,
    layers: Sequence[tuple[str, float, int]],
    *,
    dim: int = 1,
    width: float = 1.0,
    cells_across: int = 2,
    **sections: Any,
) -> Deck:
    """A deck on layers (name, thickness in m, cells), from the bottom up; `sections` are those of the deck.

    Materials of layers that are not there are left out.
    """
    from layers import Layer, build

    name = f"strip{next(_numbers)}"
    build(folder / f"{name}.msh", [Layer(*a) for a in layers], dim=dim, width=width, cells_across=cells_across)
    if "materials" in sections:
        names = {name for name, _, _ in layers}
        sections["materials"] = {b: m for b, m in sections["materials"].items() if b in names}
    content = {"mesh": {"file": f"{name}.msh"}, **sections}
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return read_deck(path)


def solve(folder: Path, layers: Sequence[tuple[str, float, int]], **rest: Any) -> Result:
    """Solve such a deck."""
    return run(strip(folder, layers, **rest), record=False)


def nodal(result: Result, field: str, block: str, above: float = 0.0) -> tuple[NDArray[Any], NDArray[Any]]:
    """Height (the last coordinate) and value at every node of a field in a block, from the bottom up.

    above: what values are measured from; differences from it keep the digits that the solution has.
    """
    import firedrake as fd

    problem = result.problem
    view = problem.unknowns.reading()
    component = view.find(field, block)
    raw = view._splits[0][component.index]
    value = fd.Function(component.space).interpolate(component.scale * raw)
    offset = 0.0 if component.field.declaration.rank else float(component.reference) - above
    x = fd.Function(fd.VectorFunctionSpace(component.mesh, component.space.ufl_element()))
    x.interpolate(fd.SpatialCoordinate(component.mesh))
    nodes = np.unique(component.space.cell_node_list[problem.meshes.cells(component.mesh, block)])
    height = x.dat.data_ro.reshape(-1, problem.model.dimension)[nodes, -1]
    order = np.argsort(height, kind="stable")
    return height[order], value.dat.data_ro[nodes][order] + offset


def ends(result: Result, field: str, block: str, above: float = 0.0) -> tuple[float, float]:
    """Value of a field at the bottom and the top of a block."""
    _, values = nodal(result, field, block, above)
    return float(values[0]), float(values[-1])
