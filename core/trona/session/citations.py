"""The sources to cite for a run: those of its physics and of the software used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trona.model import Model

SOFTWARE = ("firedrake", "petsc", "mumps", "ufl", "meshio")


def citations(model: Model) -> list[str]:
    """Return BibTeX entries: those whose keys the physics name, and the software's."""
    from trona.record.citations import collect, entries

    known: dict[str, str] = {}
    for folder in model.registry.data:
        path = folder / "references.bib"
        if path.is_file():
            known.update(entries(path.read_text(encoding="utf-8")))
    wanted = [known[key] for physics in model.physics for key in physics.references if key in known]
    return collect(wanted, SOFTWARE)
