"""Refined meshes: the same volumes, names and facets, twice as fine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from layers import Layer, build

from trona.mesh import read_mesh, refine, with_all_facets
from trona.mesh.topology import facet_measures, find_facets, signed_measures


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_refined_layers(tmp_path: Path, dim: int) -> None:
    build(tmp_path / "a.msh", [Layer("a", 1.0, 2), Layer("b", 0.5, 1)], dim=dim, width=0.7, cells_across=2)
    coarse = with_all_facets(read_mesh(tmp_path / "a.msh")[0])
    fine = refine(coarse, 2)
    assert len(fine.cells) == len(coarse.cells) * 4**dim
    sizes = signed_measures(fine.points, fine.cells)
    assert (sizes > 0).all()
    for number, block in enumerate(fine.blocks):
        assert sizes[fine.cell_block == number].sum() == pytest.approx(coarse.block_measure[block])
    areas = facet_measures(fine.points, fine.facets)
    for number, facets in enumerate(fine.facet_sets):
        assert areas[fine.facet_set == number].sum() == pytest.approx(facets.measure)
    # Every facet between the blocks and around them is there, once, and none is shared by three cells.
    found = find_facets(fine.points, fine.cells, fine.facets)
    assert (found.wanted >= 0).all()
    assert len(np.unique(found.wanted)) == len(fine.facets)
    outer = found.cells[:, 1] < 0
    border = np.diff(fine.cell_block[found.cells[~outer]], axis=1).ravel() != 0
    assert len(fine.facets) == outer.sum() + border.sum()


def test_unnamed_facets_get_a_set_per_block(tmp_path: Path) -> None:
    build(tmp_path / "a.msh", [Layer("a", 1.0, 2), Layer("b", 0.5, 1)], dim=2, width=0.7)
    plain, _ = read_mesh(tmp_path / "a.msh")
    whole = with_all_facets(plain)
    added = whole.facet_sets[len(plain.facet_sets) :]
    assert sum(s.measure for s in added) == pytest.approx(plain.unnamed_boundary_measure)
    assert [s.blocks for s in added] == ([("a",), ("b",)] if plain.unnamed_boundary_measure else [])
