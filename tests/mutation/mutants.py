"""What a mutant is: one small fault, written into a copy of the source."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core/trona", "core/trona_pytest", "plugins/trona_plugins")
"""All that this project installs: pytest loads trona_pytest, and what is installed may change during a campaign."""


@dataclass(frozen=True)
class Mutant:
    """A fault: `old` in `file`, which must be there exactly once, becomes `new`.

    kind: sign, factor, missing term, swapped, unit, side, argument, time level, solver. decks: those that the audit
    and `verify` solve, none where closed forms are the proof. tests: the closed forms concerned, as pytest names
    them. survives: why nothing can catch it.
    """

    name: str
    file: str
    kind: str
    what: str
    old: str
    new: str
    decks: tuple[str, ...]
    tests: tuple[str, ...]
    survives: str = ""
    part_of: str = ""

    @property
    def digest(self) -> str:
        """What a result belongs to: another fault, or other proofs of it, is another mutant."""
        told = (self.file, self.old, self.new, *self.decks, *self.tests)
        return hashlib.sha256("\0".join(told).encode()).hexdigest()[:12]

    @property
    def plugin(self) -> str:
        """The plugin whose declaration is wrong; '' in core."""
        path = Path(self.file)
        return (self.part_of or path.stem) if path.parts[0] == "plugins" else ""

    def apply(self, text: str) -> str:
        """Return the text of its file with the fault. Raises ValueError if the fragment is not there once."""
        count = text.count(self.old)
        if count != 1 or self.old == self.new:
            raise ValueError(f"mutant {self.name}: {self.old!r} is {count} times in {self.file}, expected once")
        return text.replace(self.old, self.new)

    def write(self, folder: Path) -> None:
        """Copy the packages to a folder, under the names they are imported by, with the fault in them."""
        copy(folder)
        path = folder.joinpath(*Path(self.file).parts[1:])
        path.write_text(self.apply(path.read_text(encoding="utf-8")), encoding="utf-8")


def copy(folder: Path) -> None:
    """Copy the packages as they are."""
    for source in PACKAGES:
        shutil.copytree(ROOT / source, folder / Path(source).name, ignore=shutil.ignore_patterns("__pycache__"))


def all_mutants() -> tuple[Mutant, ...]:
    """Return every mutant of the campaign. Raises ValueError for a name given twice."""
    from bubble_mutants import BUBBLES
    from contact_mutants import CONTACTS
    from core_mutants import CORE
    from crack_mutants import CRACKS
    from depletion_mutants import DEPLETION
    from film_mutants import FILMS
    from flow_mutants import FLOWS
    from fluctuation_mutants import FLUCTUATIONS
    from input_mutants import INPUT
    from inventory_mutants import INVENTORIES
    from island_mutants import ISLANDS
    from kinetics_mutants import KINETICS
    from mechanics_mutants import MECHANICS
    from motion_mutants import MOTION
    from obstacle_mutants import OBSTACLES
    from plugin_mutants import PLUGINS
    from reading_mutants import READINGS
    from side_reaction_mutants import SIDE_REACTIONS
    from stretch_mutants import STRETCH
    from transport_mutants import TRANSPORT
    from vacancy_mutants import VACANCIES
    from valence_mutants import VALENCES
    from void_mutants import VOIDS
    from voltage_mutants import VOLTAGES

    found = (
        *PLUGINS,
        *KINETICS,
        *TRANSPORT,
        *MECHANICS,
        *CONTACTS,
        *OBSTACLES,
        *ISLANDS,
        *FLOWS,
        *FILMS,
        *VALENCES,
        *CRACKS,
        *STRETCH,
        *VACANCIES,
        *FLUCTUATIONS,
        *VOIDS,
        *VOLTAGES,
        *BUBBLES,
        *SIDE_REACTIONS,
        *INVENTORIES,
        *DEPLETION,
        *CORE,
        *MOTION,
        *INPUT,
        *READINGS,
    )
    names = [m.name for m in found]
    twice = {n for n in names if names.count(n) > 1}
    if twice:
        raise ValueError(f"two mutants of one name: {', '.join(sorted(twice))}")
    return found
