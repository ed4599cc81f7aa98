"""What to do when a moving mesh has become too poor: end the run, or continue with the same state on a new mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trona.errors import PoorMeshError, SolveError, UserError
from trona.session.solution import Solution

if TYPE_CHECKING:
    from trona.mesh.data import MeshData
    from trona.problem.mesh_quality import Cell
    from trona.record import Reporter


def renewed(cell: Cell, solution: Solution, time: float, reporter: Reporter) -> Solution:
    """Return the state of a solution on a new mesh, because of a poor cell of the old one; `reporter` reports it.

    Raises PoorMeshError if the deck asks for no new mesh, or if no new mesh is better.
    """
    from trona.problem.problem import CURES
    from trona.session.transfer import conserve, transfer

    why, motion = _too_poor(cell, solution, time), solution.model.motion
    if motion is None or not motion.remeshed:
        raise PoorMeshError(f"{why}; {CURES}, or motion.on_poor_mesh: remesh")
    mesh, change = _new_mesh(cell, solution, why)
    try:
        new = Solution.on(mesh, solution.model, solution.settings, reporter.newton)
        transfer(solution.problem, new.problem)
        stored = solution.audit.stored()
        conserve(new.problem, new.audit, stored)
        new.problem.refuse_meaningless()
    except (UserError, SolveError) as error:
        raise PoorMeshError(f"{why}; the run cannot continue on a new mesh: {error}") from None
    reporter.message(f"{why}; a new mesh takes its place, with {change}")
    for text in new.audit.go_on_from(solution.audit.state(), stored):
        reporter.warning(text)
    new.watch.go_on_from(solution.watch)
    if new.problem.quality is not None and solution.problem.quality is not None:
        new.problem.quality.go_on_from(solution.problem.quality)
    if new.programme is not None and solution.programme is not None:
        new.programme.restore(solution.programme.state())
    return new


def _new_mesh(cell: Cell, solution: Solution, why: str) -> tuple[MeshData, str]:
    """Return a mesh that is better than the current one, and a description of the improvement."""
    from trona.errors import MeshError
    from trona.mesh.remesh import quality, remesh
    from trona.session.transfer import moved_vertices

    problem, old = solution.problem, solution.model.mesh
    if problem.comm.size > 1:
        raise PoorMeshError(f"{why}; a new mesh can be made on one process only, and this run has {problem.comm.size}")
    points = moved_vertices(problem)
    try:
        mesh = remesh(old, points)
    except MeshError as error:
        raise PoorMeshError(f"{why}; {error}") from None
    now, then = quality(mesh.points, mesh.cells), quality(points, old.cells)
    centres = mesh.points[mesh.cells].mean(axis=1)
    here = float(now[np.argmin(((centres - cell.place) ** 2).sum(axis=1))])
    # Cells elsewhere may be thin on purpose, and stay so.
    if here <= cell.quality or now.min() < then.min():
        raise PoorMeshError(
            f"{why}; a new mesh is no better: its quality is {here:.3g} there, and at least {now.min():.3g}"
        )
    change = f"{len(mesh.cells)} cells instead of {len(old.cells)}, and {now.min():.3g} as the lowest quality"
    return mesh, f"{change} instead of {then.min():.3g}"


def _too_poor(cell: Cell, solution: Solution, time: float) -> str:
    motion = solution.model.motion
    assert motion is not None
    return (
        f"the mesh is too poor at t = {time:.6g} s: a cell {cell.where} has a quality of {cell.quality:.3g}, "
        f"{cell.kept:.2g} of that at first, below motion.smallest_quality = {motion.smallest_quality:g}"
    )
