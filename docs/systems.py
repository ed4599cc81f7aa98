"""The figures and systems of the papers, in their order, and which claims treat each: the rows of the table of all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from claim import Claim, Figure


@dataclass(frozen=True)
class System:
    """A figure or system of a paper.

    words: found in what treats it, which is the title of a figure of the page, or the panel, text or deck of a claim.
    without: why nothing does, said as long as this is so.
    """

    name: str
    words: str
    without: str = "no deck treats it yet"

    def treats(self, figure: Figure, claim: Claim) -> bool:
        told = " | ".join(("", figure.title, claim.panel, claim.text, *claim.decks, ""))
        return bool(re.search(self.words, told, re.I))


@dataclass(frozen=True)
class Source:
    """A paper: how the name of its folders begins, who wrote it, its title and what it has."""

    name: str
    title: str
    work: str
    systems: Sequence[System]


SOURCES = (
    Source(
        "singla",
        "Singla et al. 2026",
        "Role of thermal gradient in interface stability of sodium metal electrodes",
        (
            System("Figure 1", r"Figure 1\b", "a sketch of the system; it shows no result"),
            System("Figure 2", r"Figure 2\b"),
            System("Figure 3", r"Figure 3\b"),
            System("Figure 4", r"Figure 4\b(?!.*into)"),
            System("Figures 5 and 6 into Figure 4", r"into Figure 4"),
            System("Figure 5", r"Figure 5\b"),
            System("Figure 6", r"Figure 6\b"),
        ),
    ),
    Source(
        "oh",
        "Oh et al. 2026",
        "Fast-charging sodium metal anodes",
        (
            System("growth of the SEI (eq. 1)", r"Growth of the SEI"),
            System("stacks of films", r"stacks|films in series"),
            System("graded SEI", r"graded"),
            System("artificial SEI: Al2O3, NaF, Na3P, BiCl3", r"Artificial films"),
            System("constriction of the current", r"constriction"),
            System("C-rate", r"\| C-rate \|"),
            System("corrugated electrode (Figure 3a-c)", r"corrugated"),
            System("depletion (Sand's time)", r"Sand's time"),
            System("onset of voids over pressure and current", r"Onset of voids|voids_onset"),
            System("voids on stripping (eq. 7)", r"voids"),
            System("gas bubbles", r"bubble"),
            System("cracks of the SEI over metal that grows", r"SEI over growing|sei_stretch"),
            System("cracks of the SEI, its thickness between crack and ohmic drop", r"Cracks? of the SEI|sei_crack"),
        ),
    ),
    Source(
        "venturi",
        "Venturi et al. 2024",
        "Na vs. Li metal anodes",
        (
            System("waves of vacancies grow or fade", r"waves? (of vac|grow)|small wave"),
            System("critical temperatures of vacancies (Tables 1 to 4)", r"Table \d|Critical temperatures"),
            System("phases in equilibrium (binodal)", r"binodal|equilibrium"),
            System("coarsening", r"coarsen"),
            System("capillary fluctuations of the surface", r"capillary|fluctuation"),
        ),
    ),
    Source(
        "lee",
        "Lee et al. 2019",
        "Sodium metal anodes: emerging solutions to dendrite growth",
        (
            System("solid electrolytes: conductivity and moduli", r"Electrolytes and interphases"),
            System("ratio of shear moduli (Monroe and Newman)", r"Monroe"),
            System("growth of a wave by the reaction", r"Growth of a wave"),
            System("hosts", r"hosts"),
            System("crossover", r"\| crossover \|"),
            System("additives", r"\| additive \|"),
            System("solvent that is used up", r"\| solvent \||dr(y|ies) out"),
        ),
    ),
    Source(
        "jiao",
        "Jiao et al.",
        "Critical role of pressure for chemo-mechanical induced stability of sodium metal battery anodes",
        (
            System("charge-transfer resistance over pressure", r"resistance"),
            System(
                "Coulombic efficiency over pressure",
                r"efficienc|cycling|cycle",
                "no law links it to pressure; the measured values are inputs of [cells](cells/index.md)",
            ),
            System("rest periods", r"\brests?\b"),
            System("regime map: creep against deposition", r"regime|5H"),
            System("islands under pressure: thickness, area, coverage", r"island|pressure series|coverage|thickness"),
        ),
    ),
)


def source_of(name: str) -> Source | None:
    """Return the paper whose folders have this name, None for a page that is of no paper."""
    return next((source for source in SOURCES if name.startswith(source.name)), None)


def grouped(
    source: Source | None, claims: Iterable[tuple[Figure, Claim]]
) -> list[tuple[str, str, list[tuple[Figure, Claim]]]]:
    """Return name, reason for the lack of it and claims of each figure or system; then those of no one listed.

    A claim counts for the first that it treats.
    """
    systems = source.systems if source else ()
    found: dict[str, tuple[str, list[tuple[Figure, Claim]]]] = {s.name: (s.without, []) for s in systems}
    for figure, claim in claims:
        name = next((s.name for s in systems if s.treats(figure, claim)), figure.title)
        found.setdefault(name, ("", []))[1].append((figure, claim))
    return [(name, reason, each) for name, (reason, each) in found.items()]
