"""Which of PETSc's options a deck may give: names and values that can neither run code, nor write a file, nor bypass
the convergence test. Needs no Firedrake."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trona.errors import DeckError, UserError, nearest, raise_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.deck import Node

FLAG = "--allow-petsc"
_PREFIX = re.compile(r"(?:(?:fieldsplit_[0-9]+|sub|assembled|mg_levels(?:_[0-9]+)?|mg_coarse(?:_sub)?)_)*")


@dataclass(frozen=True)
class _Values:
    """The allowed values of an option: `fits` tests its text, and `words` describe them."""

    fits: Callable[[str], bool]
    words: str


def _matches(pattern: str, words: str) -> _Values:
    compiled = re.compile(pattern)
    return _Values(lambda text: compiled.fullmatch(text) is not None, words)


def _words(names: str) -> _Values:
    known = names.split()
    return _Values(lambda text: text in known, f"one of {', '.join(known)}")


_WHOLE = _matches(r"[+-]?[0-9]{1,9}", "a whole number")
_COUNT = _matches(r"[1-9][0-9]{0,8}", "a whole number above 0")
_NUMBER = _matches(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", "a number")
_SWITCH = _words("true false 0 1 yes no on off")
_NOTHING = _matches(r"", "an empty text, '': what it prints goes to the terminal")
_LIST = _matches(r"[0-9]+(?:,[0-9]+)*", "field numbers with commas between")

_ALLOWED: dict[str, _Values] = {
    "snes_linesearch_type": _words("none basic bt nleqerr cp secant l2 bisection"),
    "snes_lag_jacobian": _COUNT,
    "snes_lag_preconditioner": _COUNT,
    "ksp_type": _words("preonly gmres fgmres lgmres dgmres gcr cg fcg minres bcgs ibcgs bcgsl tfqmr cr richardson"),
    "ksp_gmres_modifiedgramschmidt": _SWITCH,
    "ksp_gmres_cgs_refinement_type": _words("refine_never refine_ifneeded refine_always"),
    "ksp_pc_side": _words("left right symmetric"),
    "ksp_norm_type": _words("preconditioned unpreconditioned natural"),
    "pc_type": _words("lu cholesky ilu icc asm bjacobi jacobi pbjacobi sor gamg mg fieldsplit none"),
    "pc_factor_mat_solver_type": _words("mumps superlu_dist umfpack petsc"),
    "pc_factor_mat_ordering_type": _words("natural nd 1wd rcm qmd rowlength amd external metisnd"),
    "pc_factor_shift_type": _words("none nonzero positive_definite inblocks"),
    "pc_asm_type": _words("basic restrict interpolate none"),
    "pc_asm_local_type": _words("additive multiplicative"),
    "pc_jacobi_type": _words("diagonal rowl1 rowmax rowsum"),
    "pc_fieldsplit_type": _words("additive multiplicative symmetric_multiplicative schur"),
    "pc_fieldsplit_schur_fact_type": _words("diag lower upper full"),
    "pc_fieldsplit_schur_precondition": _words("self selfp a11 full"),
    "pc_gamg_type": _words("agg"),
    "pc_mg_type": _words("multiplicative additive full kaskade"),
    "pc_mg_cycle_type": _words("v w"),
    "mat_type": _words("aij nest"),
    **dict.fromkeys(
        (
            "snes_monitor",
            "snes_converged_reason",
            "snes_view",
            "ksp_monitor",
            "ksp_monitor_true_residual",
            "ksp_converged_reason",
            "ksp_view",
        ),
        _NOTHING,
    ),
    **dict.fromkeys(
        (
            "snes_linesearch_order",
            "snes_linesearch_max_it",
            "ksp_max_it",
            "ksp_gmres_restart",
            "ksp_bcgsl_ell",
            "pc_factor_levels",
            "pc_asm_overlap",
            "pc_sor_its",
            "pc_sor_lits",
            "pc_gamg_agg_nsmooths",
            "pc_gamg_coarse_eq_limit",
            "pc_gamg_aggressive_coarsening",
            "pc_mg_levels",
            "pc_mg_multiplicative_cycles",
        ),
        _WHOLE,
    ),
    **dict.fromkeys(
        (
            "snes_linesearch_damping",
            "snes_linesearch_minlambda",
            "snes_linesearch_maxstep",
            "snes_linesearch_alpha",
            "ksp_rtol",
            "ksp_atol",
            "ksp_divtol",
            "ksp_richardson_scale",
            "pc_factor_fill",
            "pc_factor_shift_amount",
            "pc_factor_zeropivot",
            "pc_sor_omega",
            "pc_gamg_threshold",
            "pc_gamg_threshold_scale",
        ),
        _NUMBER,
    ),
    **dict.fromkeys(
        (
            "ksp_initial_guess_nonzero",
            "pc_factor_reuse_ordering",
            "pc_factor_reuse_fill",
            "pc_gamg_reuse_interpolation",
            "pc_gamg_square_graph",
            "pc_fieldsplit_off_diag_use_amat",
            "pc_fieldsplit_diag_use_amat",
        ),
        _SWITCH,
    ),
}
# Of MUMPS: not the streams it prints to (1 to 3: a number there is a file), not files of factors (22), not what returns
# something else than the solution of this system (9, 19, 25, 30, 31) or hides that it has none (24), and not factors of
# low rank (35 to 38).
_MUMPS = {
    **{f"mat_mumps_icntl_{n}": _WHOLE for n in (6, 7, 8, 10, 11, 12, 13, 14, 23, 27, 28, 29, 33, 58)},
    "mat_mumps_icntl_4": _words("0 1 2"),
    **{f"mat_mumps_cntl_{n}": _NUMBER for n in (1, 2, 4, 7)},
}
_PATTERNS = {"pc_fieldsplit_#_fields": _LIST}

_OWN: dict[str, str] = {
    "snes_type": "Newton's method with trona's own test of convergence is what the results rest on",
    "snes_convergence_test": "only trona's own test may call a solve converged",
    "snes_force_iteration": "only trona's own test may call a solve converged",
    "snes_stol": "solver.step_tolerance sets the step at which Newton stops",
    "snes_rtol": "solver.relative_tolerance sets the residual at which Newton stops",
    "snes_atol": "solver.tolerance sets the imbalance at which Newton stops",
    "snes_max_it": "solver.max_iterations sets the most iterations",
    "snes_max_linear_solve_fail": "a linear system that is not solved ends the solve",
    "snes_max_fail": "a line search that fails ends its attempt",
    "snes_error_if_not_converged": "trona reports a failed solve itself",
    "ksp_error_if_not_converged": "trona reports a failed solve itself",
    "ksp_convergence_test": "an unsolved linear system must be known as such",
    **{f"mat_mumps_icntl_{n}": "factors of low rank end the process in a crash of MUMPS" for n in (35, 36, 37, 38)},
    "snes_lag_jacobian_persists": "a Jacobian must not outlive its time step",
    "snes_lag_preconditioner_persists": "a Jacobian must not outlive its time step",
}
"""Options that would bypass what tells a right solution from a wrong one: refused with every permission."""


def check_petsc(node: Node, allowed: bool) -> dict[str, str]:
    """Return the options of `solver.petsc`; `allowed`: whether the user lets the deck give any that is not harmless.

    Raises UserError with all mistakes.
    """
    errors: list[UserError] = []
    found: dict[str, str] = {}
    for name, entry in node.mapping().items():
        try:
            found[name] = _checked(name, entry, node, allowed)
        except UserError as error:
            errors.append(error)
    raise_all(errors)
    return found


def _checked(name: str, entry: Node, parent: Node, allowed: bool) -> str:
    place, value = parent.key(name), entry.string()
    bare = name.lower().lstrip("-")
    if bare != name or not re.fullmatch(r"[a-z0-9_]+", name):
        raise DeckError(f"expected the name of an option of PETSc as it is, such as ksp_rtol, got '{name}'", place)
    core = _PREFIX.sub("", name, count=1)
    if core in _OWN:
        raise DeckError(f"this option cannot be set: {_OWN[core]}", place)
    if allowed:
        return value
    values = _of(core)
    if values is None:
        near = nearest(core, [*_ALLOWED, *_MUMPS])
        raise DeckError(
            f"not among the options of PETSc that a deck may give: others may run code or write files{near}. If "
            f"you trust this deck, allow it with {FLAG} on the command line",
            place,
        )
    if not values.fits(value):
        raise entry.error(f"expected {values.words}, got {entry.kind}; another value needs {FLAG} on the command line")
    return value


def _of(name: str) -> _Values | None:
    found = _ALLOWED.get(name) or _MUMPS.get(name)
    return found or _PATTERNS.get(re.sub(r"(?<=_)[0-9]+(?=_)", "#", name))
