"""The deck's `solver` section: presets, tolerances and PETSc options. Needs no Firedrake."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from trona.deck import Choice, Integer, MappingOf, Number, Section, Text, parse_input
from trona.errors import DeckError, UserError, hint, raise_all
from trona.settings.petsc_options import check_petsc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trona.model import Model

_MUMPS = {"pc_type": "lu", "pc_factor_mat_solver_type": "mumps", "mat_mumps_icntl_14": 200}
_NEWTON = {"snes_type": "newtonls", "snes_linesearch_type": "none", "snes_stol": 0}
_BY_PARTS = {**_NEWTON, "mat_type": "nest", "ksp_type": "preonly", "pc_type": "python", "mat_mumps_icntl_14": 200}
BY_PARTS = ("auto", "multigrid")
"""Presets that solve the parts of a system one after another."""
PRESETS: dict[str, dict[str, Any]] = {
    "auto": _BY_PARTS,
    "multigrid": _BY_PARTS,
    "direct": {**_NEWTON, "mat_type": "aij", "ksp_type": "preonly", **_MUMPS},
    "direct_nested": {**_NEWTON, "mat_type": "nest", "ksp_type": "preonly", **_MUMPS},
    "refined": {**_NEWTON, "mat_type": "aij", "ksp_type": "gmres", "ksp_rtol": 1e-12, "ksp_max_it": 10, **_MUMPS},
    "iterative": {
        **_NEWTON,
        "mat_type": "aij",
        "ksp_type": "gmres",
        "ksp_rtol": 1e-10,
        "ksp_max_it": 500,
        "ksp_gmres_restart": 200,
        "pc_type": "asm",
        "pc_asm_overlap": 2,
        "sub_pc_type": "ilu",
        "sub_pc_factor_levels": 3,
    },
}
"""Named sets of PETSc options; a deck may override any option of its preset."""


class SolverSection(Section):
    """How the nonlinear system is solved."""

    name = "solver"

    preset = Choice(
        tuple(PRESETS), "how linear systems are solved: auto, or a named set of PETSc options", default="auto"
    )
    max_iterations = Integer("largest number of Newton iterations of a solve", default="30", minimum=1)
    relative_tolerance = Number(
        "residual of every balance, relative to its first one, at which Newton's method stops",
        default="1e-13",
        above=0,
        below=1,
    )
    step_tolerance = Number(
        "Newton step, in units of the scale of each field, at which Newton's method stops", default="1e-8", above=0
    )
    tolerance = MappingOf(
        Text("imbalance, as a flux, at which Newton's method stops"), "absolute tolerances of balances", default=None
    )
    petsc = MappingOf(
        Text("value"),
        "options of PETSc, by name without the leading dash: those that only set how a system is solved",
        default=None,
    )


@dataclass(frozen=True)
class SolverSettings:
    """Options of Newton's method; `tolerances` are by balance, as a flux in SI."""

    preset: str
    max_iterations: int
    relative_tolerance: float
    step_tolerance: float
    tolerances: Mapping[str, float]
    petsc: Mapping[str, str]


def read_solver(model: Model) -> SolverSettings:
    """Return the settings of a deck's `solver` section, or the defaults. Raises UserError."""
    section = SolverSection.read(model.deck)
    tolerances: dict[str, float] = {}
    errors: list[UserError] = []
    if section.tolerance:
        where = section.node("tolerance")
        for name, entry in where.mapping().items():
            try:
                if name not in model.balances:
                    raise DeckError(f"no balance '{name}'{hint(name, model.balances)}", where.key(name))
                tolerances[name] = parse_input(entry, model.balances[name].flux_unit, {}, "").constant
                if tolerances[name] <= 0:
                    raise entry.error(f"must be above 0, got {entry.kind}")
            except UserError as error:
                errors.append(error)
    petsc: dict[str, str] = {}
    if section.petsc:
        try:
            petsc = check_petsc(section.node("petsc"), model.deck.allow_petsc)
        except UserError as error:
            errors.append(error)
    raise_all(errors)
    return SolverSettings(
        section.preset,
        section.max_iterations,
        section.relative_tolerance,
        section.step_tolerance,
        MappingProxyType(tolerances),
        MappingProxyType(petsc),
    )
