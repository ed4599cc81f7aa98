"""The order in which the unknowns of a model can be solved, and what changes the matrix of each part, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trona.model import Model
    from trona.model.structure import Part, Structure


_HEAD = (
    "Unknowns that need each other form a part. 'preset: auto' solves the parts in this order.",
    "Factors that are kept are those of an earlier matrix: GMRES, with the residual of the present one, finds what",
    "they miss, so that results do not depend on them. 'summary.json' says what each part had.",
)
_BY_GROUPS = "where that promises to be faster, they are those of groups that need each other only in a circle"


def explain_structure(model: Model) -> str:
    """Return the parts of a model's system in their order, and what each equation depends on."""
    from trona.model.structure import structure_of

    found = structure_of(model)
    title = f"{model.deck.name}: structure of the system"
    lines = [title, "=" * len(title), "", *_HEAD, ""]
    for number, part in enumerate(found.parts, 1):
        unknowns = (f"  {piece}" for piece in part.pieces)
        lines += [f"part {number}: {_kind(part)}", *unknowns, f"  -> {_how(part, model.dimension)}"]
        if len(part.groups) > 1 and not part.linear and model.dimension > 1:
            lines += [f"     {_BY_GROUPS}:", *(f"     - {', '.join(map(str, group))}" for group in part.groups)]
    lines += ["", "derivative of the equation of ... by ...: what changes it", ""]
    return "\n".join(lines + _derivatives(found))


def _kind(part: Part) -> str:
    if part.constant:
        return "its matrix is constant while the time step is" if part.changes else "its matrix is constant"
    outside = sorted(map(str, part.changes - {"time step"} - set(part.pieces)))
    own = "linear in its own unknowns" if part.linear else "nonlinear"
    return f"{own}; its matrix also changes with {', '.join(outside)}" if outside else own


def _how(part: Part, dimension: int) -> str:
    """Return what the preset `auto` does with a part of more than some thousand unknowns."""
    if dimension == 3 and part.multigrid:
        return f"{_factorised(part)}; if it is large, GMRES with a multigrid cycle for each unknown that diffuses"
    return _factorised(part)


def _factorised(part: Part) -> str:
    if part.constant:
        return "factorised once for each length of the time step" if part.changes else "factorised once"
    if part.linear:
        return "factorised whenever its matrix changes"
    return "factors are kept for GMRES, and made anew when its iterations take longer than that"


def _derivatives(found: Structure) -> list[str]:
    lines = []
    for row in found.pieces:
        lines.append(str(row))
        for column in found.pieces:
            if (row, column) in found.depends:
                causes = ", ".join(sorted(map(str, found.depends[row, column]))) or "nothing"
                lines.append(f"  by {column}: {causes}")
    return lines
