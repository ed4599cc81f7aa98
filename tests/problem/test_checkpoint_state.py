"""The state of a problem in pieces that any number of ranks can take up: exact for every kind of space."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pytest_mpi import parallel_assert

from trona.errors import UserError
from trona.mesh import read_mesh

if TYPE_CHECKING:
    from trona.mesh import MeshData

LEVELS = 2


def layers(folder: Path, dim: int) -> MeshData:
    from layers import Layer, build

    file = folder / f"layers{dim}.msh"
    if not file.exists():
        build(file, [Layer("a", 1.0, 2), Layer("b", 0.5, 1)], dim=dim, width=1.3, cells_across=2)
    mesh, _ = read_mesh(file)
    return mesh


def renumbered(mesh: MeshData) -> MeshData:
    """The same mesh with its points, cells and the vertices of its facets in another order."""
    rng = np.random.default_rng(3)
    new = rng.permutation(len(mesh.points))
    points = np.empty_like(mesh.points)
    points[new] = mesh.points
    order = rng.permutation(len(mesh.cells))
    return replace(
        mesh,
        points=points,
        cells=new[mesh.cells][order],
        cell_block=mesh.cell_block[order],
        facets=np.sort(new[mesh.facets], axis=1),
    )


def bench(mesh: MeshData, comm: Any) -> Any:
    """What StateKeeper needs of a problem: unknowns in every kind of space, on all and on one block."""
    import firedrake as fd

    from trona.problem.meshes import Meshes

    meshes = Meshes(mesh, comm)
    whole, part = meshes.on(("a", "b")), meshes.on(("a",))
    spaces: dict[str, Any] = {"number": fd.FunctionSpace(whole, "R", 0)}
    for name, place in (("whole", whole), ("part", part)):
        for degree in (1, 2, 3, 4):
            spaces[f"CG{degree} {name}"] = fd.FunctionSpace(place, "CG", degree)
            spaces[f"DG{degree - 1} {name}"] = fd.FunctionSpace(place, "DG", degree - 1)
        spaces[f"vector {name}"] = fd.VectorFunctionSpace(place, "CG", 2)
    if mesh.gdim > 1:
        surface = meshes.surface(mesh.interfaces["a | b"].sets)
        for degree in (1, 2, 3):
            spaces[f"surface CG{degree}"] = fd.FunctionSpace(surface, "CG", degree)
    components = [
        SimpleNamespace(
            label=label,
            index=i,
            mesh=space.mesh(),
            space=space,
            scale=fd.Constant(1.0),
            reference=fd.Constant(0.0),
            row=fd.Constant(1.0),
        )
        for i, (label, space) in enumerate(spaces.items())
    ]
    states = [SimpleNamespace(subfunctions=[fd.Function(space) for space in spaces.values()]) for _ in range(LEVELS)]
    inputs = SimpleNamespace(
        times=[0.0] * LEVELS, rates=[fd.Constant(0.0)], set_times=lambda t: setattr(inputs, "times", t)
    )
    return SimpleNamespace(
        unknowns=SimpleNamespace(components=components, states=states),
        inputs=inputs,
        comm=comm,
        newton=SimpleNamespace(scaled=False),
    )


def places(space: Any) -> Any:
    """Coordinates of all nodes, from those of the vertices."""
    mesh = space.mesh()
    corners = mesh.coordinates.dat.data_ro_with_halos.reshape(-1, mesh.geometric_dimension)[
        mesh.coordinates.function_space().cell_node_list
    ]
    element = space.finat_element
    dual = getattr(element, "base_element", element).fiat_equivalent.dual_basis()
    inner = np.array([next(iter(node.get_point_dict())) for node in dual], dtype=float)
    edges = corners[:, 1:] - corners[:, :1]
    found = np.empty((space.node_set.total_size, corners.shape[2]))
    found[space.cell_node_list] = corners[:, :1] + np.einsum("ni,cig->cng", inner, edges)
    return found


def values(space: Any, level: int) -> Any:
    """Values that tell every node from every other, and time levels and vector components apart."""
    if space.ufl_element().family() == "Real":
        return np.array([1.5 + level])
    wave = np.sin(places(space) @ np.array([1.0, 2.3, 0.7])[: space.mesh().geometric_dimension] + level)
    size = math.prod(space.value_shape)
    return wave if size == 1 else np.stack([k + wave for k in range(size)], axis=-1)


def fill(problem: Any, function: Callable[[Any, int], Any]) -> None:
    for level, state in enumerate(problem.unknowns.states):
        for part in state.subfunctions:
            own = part.dat.data
            own[...] = function(part.function_space(), level)[: len(own)]


def distances(problem: Any) -> dict[str, float]:
    """Per unknown the largest distance from `values`, halo included."""
    return {
        component.label: max(
            float(np.abs(_with_halo(state.subfunctions[i].dat) - values(component.space, level)).max(initial=0))
            for level, state in enumerate(problem.unknowns.states)
        )
        for i, component in enumerate(problem.unknowns.components)
    }


def _with_halo(dat: Any) -> Any:
    return getattr(dat, "data_ro_with_halos", dat.data_ro)


def stored(problem: Any) -> tuple[Any, Any]:
    """The head, and the piece of this rank."""
    from trona.problem.checkpoint import StateKeeper

    keeper = StateKeeper(problem)
    return keeper.head(), keeper.piece()


def spread(problem: Any, head: Any, *pieces: Any) -> None:
    from trona.problem.checkpoint import StateKeeper

    StateKeeper(problem).spread(head, iter(pieces))


def alike(one: Any, two: Any) -> bool:
    """Whether two pieces are the same to the last bit."""
    return all(
        np.array_equal(array, two[kind][label]) for kind in ("cells", "values") for label, array in one[kind].items()
    )


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_round_trip_through_another_numbering(dim: int, tmp_path: Path) -> None:
    from mpi4py import MPI

    mesh = layers(tmp_path, dim)
    first, second = bench(mesh, MPI.COMM_SELF), bench(renumbered(mesh), MPI.COMM_SELF)
    fill(first, values)
    fill(second, lambda space, level: np.full(values(space, level).shape, np.nan))
    head, piece = stored(first)
    assert piece["values"]["CG2 whole"].shape[:2] == (LEVELS, len(mesh.cells))
    spread(second, head, piece)
    far = {label: d for label, d in distances(second).items() if not d < 1e-14}
    assert not far
    assert alike(piece, stored(second)[1])
    spread(first, *stored(second))
    assert max(distances(first).values()) == 0.0


@pytest.mark.parallel(2)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_one_rank_to_two_and_back(dim: int, tmp_path: Path) -> None:
    from mpi4py import MPI

    world = MPI.COMM_WORLD
    folder = Path(world.bcast(str(tmp_path)))
    if world.rank == 0:
        layers(folder, dim)
    world.Barrier()
    mesh = layers(folder, dim)
    alone, together = bench(mesh, MPI.COMM_SELF), bench(mesh, world)
    fill(alone, values)
    head, piece = stored(alone)
    spread(together, *(head, piece) if world.rank == 0 else (None,))
    far = {label: d for label, d in distances(together).items() if not d < 1e-14}
    parallel_assert(not far, str(far))
    _, own = stored(together)
    # A rank keeps its own cells and no others, and what it keeps is the same to the last bit.
    counts = world.allgather({label: len(cells) for label, cells in own["cells"].items()})
    whole = {label: len(cells) for label, cells in piece["cells"].items()}
    parallel_assert({label: sum(c[label] for c in counts) for label in whole} == whole, f"{counts} of {whole}")
    pieces = world.gather(own)
    fill(alone, lambda space, level: np.full(values(space, level).shape, np.nan))
    if pieces is not None:
        spread(alone, head, *reversed(pieces))
    parallel_assert(world.rank == 1 or alike(piece, stored(alone)[1]), "a bit has changed")
    with pytest.raises(UserError, match=r"^the checkpoint does not hold all cells of the mesh$"):
        spread(together, *(head, own) if world.rank == 0 else (None,))


def test_what_is_no_field_comes_back(tmp_path: Path) -> None:
    from mpi4py import MPI

    mesh = layers(tmp_path, 1)
    first, second = bench(mesh, MPI.COMM_SELF), bench(mesh, MPI.COMM_SELF)
    component = first.unknowns.components[1]
    for constant, value in ((component.scale, 0.1), (component.reference, 298.15), (component.row, 1 / 3)):
        constant.assign(value)
    first.newton.scaled, first.inputs.times = True, [0.3, 0.1]
    first.inputs.rates[0].assign(1 / 7)
    spread(second, *stored(first))
    kept = second.unknowns.components[1]
    assert (float(kept.scale), float(kept.reference), float(kept.row)) == (0.1, 298.15, 1 / 3)
    assert (second.newton.scaled, second.inputs.times) == (True, [0.3, 0.1])
    assert float(second.inputs.rates[0]) == 1 / 7


def test_a_state_of_other_unknowns_is_refused(tmp_path: Path) -> None:
    from mpi4py import MPI

    problem = bench(layers(tmp_path, 1), MPI.COMM_SELF)
    head, piece = stored(problem)
    kept = piece["values"]["CG1 part"]
    piece["values"]["CG1 part"] = kept[:, :, :1]
    with pytest.raises(UserError) as error:
        spread(problem, head, piece)
    assert str(error.value) == ("the checkpoint holds (2, 2, 1) values of CG1 part, but the deck has (2, 2, 2)")
    piece["values"]["CG1 part"] = kept[:, :1]
    with pytest.raises(UserError, match=r"the checkpoint holds \(2, 1, 2\) values of CG1 part"):
        spread(problem, head, piece)
    piece["values"]["CG1 part"] = kept
    label, cells = next(iter(piece["cells"].items()))
    piece["cells"][label] = cells + 1.0
    with pytest.raises(UserError, match=r"^the checkpoint does not hold all cells of the mesh$"):
        spread(problem, head, piece)
    piece["cells"][label] = cells[:, :1]
    with pytest.raises(UserError, match=rf"^the checkpoint holds other cells of {label} than the deck has$"):
        spread(problem, head, piece)
    for part in (piece["values"], head["components"]):
        del part["CG1 part"]
        with pytest.raises(UserError, match=r"the checkpoint holds .*, but the deck solves for "):
            spread(problem, head, piece)


def test_cells_on_each_other_are_refused(tmp_path: Path) -> None:
    from mpi4py import MPI

    from trona.problem.checkpoint import StateKeeper

    mesh = layers(tmp_path, 1)
    twice = replace(
        mesh,
        points=np.concatenate([mesh.points, mesh.points]),
        cells=np.concatenate([mesh.cells, mesh.cells + len(mesh.points)]),
        cell_block=np.concatenate([mesh.cell_block, mesh.cell_block]),
    )
    with pytest.raises(UserError, match="cells of the mesh lie on each other: no checkpoint is possible"):
        StateKeeper(bench(twice, MPI.COMM_SELF))
