"""Runs a few small decks and writes docs/gallery: a page with a picture of each. What has not changed is not run again.

python docs/gallery.py [FOLDER]
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from trona.deck import Deck, read_deck

ROOT = Path(__file__).parents[1]
HEAD = "<!-- made from runs by docs/gallery.py -->\n"
COARSE = ("mesh.file=../../meshes/wavy_sei_coarse.msh", "elements.order=1")


@dataclass(frozen=True)
class Entry:
    """A deck of the repository, the picture of its run that is shown, and what it shows.

    overrides: what makes it fast enough for a build of the manual; the page names them.
    """

    deck: str
    plot: str
    title: str
    text: str
    overrides: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{Path(self.deck).stem}-{re.sub(r'[^a-z]+', '_', self.plot).strip('_')}.png"

    def read(self) -> Deck:
        """Return the deck, with this picture as the only one, and no fields."""
        outputs = (f"outputs.plots=['{self.plot}']", "outputs.fields=none")
        deck = read_deck(ROOT / self.deck, [*self.overrides, *outputs])
        return (
            deck if deck.section("sweep") is None else read_deck(deck.path, [*self.overrides, *outputs, "sweep=null"])
        )


TUTORIAL, OH, CELLS = "inputs/tutorial", "inputs/oh2026", "inputs/cells"
EXAMPLES = "plugins/trona_plugins/conformance"
ENTRIES = (
    Entry(
        f"{TUTORIAL}/sodium_sei.yaml",
        "current_density",
        "Current under a wavy interphase",
        "The current crowds onto the crests of the metal, where the film is thin.",
        COARSE,
    ),
    Entry(
        f"{TUTORIAL}/sodium_sei.yaml",
        "temperature",
        "Heat of the same cell",
        "Joule heat, and a resistance to heat at the metal: the temperature differs by 70 nK.",
        COARSE,
    ),
    Entry(
        f"{TUTORIAL}/creep.yaml",
        "creep_rate",
        "Sodium creeps under a stack pressure",
        "A bump of pressure flattens out as the metal flows.",
    ),
    Entry(
        f"{TUTORIAL}/salt_depletion.yaml",
        "salt_concentration",
        "Salt is used up at a plated electrode",
        "A line, until the salt at the metal is gone: Sand's time, 60.2 s by the formula.",
    ),
    Entry(
        f"{OH}/constriction.yaml",
        "current_density",
        "A thin place in a film",
        "Current is drawn together where a film is thin.",
    ),
    Entry(
        f"{OH}/corrugated.yaml",
        "salt_concentration",
        "Salt over a corrugated electrode",
        "Crests reach further into the electrolyte than valleys, and are supplied with more salt.",
        ("outputs.zoom=[0 um, 30 um, 25 um, 60 um]",),
    ),
    Entry(
        f"{OH}/bubble.yaml",
        "current_density",
        "A bubble on an electrode",
        "Current flows around a bubble of gas that sits on the metal.",
        ("outputs.zoom=[0 mm, 0 mm, 4 mm, 4 mm]",),
    ),
    Entry(
        f"{CELLS}/symmetric.yaml",
        "electrode_potential (working | electrolyte)",
        "A symmetric cell",
        "The voltage between two electrodes of the same metal over time.",
    ),
    Entry(
        "inputs/jiao/rest.yaml",
        "coverage_mean",
        "Islands of a deposit at rest under pressure",
        "The coverage of the electrode grows as the islands are flattened by creep.",
    ),
    Entry(
        f"{EXAMPLES}/contact.yaml",
        "von_mises_stress",
        "Contact with a rigid obstacle",
        "Unilateral, without friction: the obstacle pushes and never pulls.",
    ),
    Entry(
        f"{EXAMPLES}/cohesive.yaml",
        "von_mises_stress",
        "An interface that cracks",
        "Traction and opening with a damage that does not heal.",
    ),
    Entry(
        f"{EXAMPLES}/growth.yaml",
        "electric_potential",
        "A metal that grows",
        "The mesh moves with the surface of the metal, as fast as the current there deposits it.",
    ),
    Entry(
        "inputs/venturi2024/separation.yaml",
        "vacancy_fraction",
        "Vacancies that gather",
        "Below its critical temperature a lattice separates into a phase rich in vacancies and a poor one.",
        ("definitions.mean=0.5", "materials.metal.critical_temperature=1170 K"),
    ),
)


def key(deck: Deck) -> str:
    """Return a text that changes with the deck and its mesh."""
    plain = deck.resolved()
    file = (plain.get("mesh") or {}).get("file")
    mesh = (deck.folder / file).read_bytes() if file else b""
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode() + mesh).hexdigest()


def page() -> str:
    """Return the page."""
    parts = [
        HEAD + "# Gallery",
        "Small decks of the repository and what their runs draw. The build of this manual has run each of them. "
        "`trona run` draws it again from what stands below it, with `outputs.plots` where a deck draws others.",
    ]
    for entry in ENTRIES:
        command = " ".join([f"`{entry.deck}`", *(f"`{override}`" for override in entry.overrides)])
        parts += [f"## {entry.title}", f"{entry.text}", f"![{entry.title}]({entry.name})", command]
    return "\n\n".join(parts) + "\n"


def main(folder: Path) -> None:
    """Write page and pictures, and remove what is no longer made."""
    import trona
    from trona.record import make_reporter

    folder.mkdir(parents=True, exist_ok=True)
    keys_file = folder / "keys.json"
    keys: dict[str, str] = json.loads(keys_file.read_text(encoding="utf-8")) if keys_file.exists() else {}
    made = {}
    for entry in ENTRIES:
        deck = entry.read()
        made[entry.name] = key(deck)
        if keys.get(entry.name) == made[entry.name] and (folder / entry.name).exists():
            continue
        with tempfile.TemporaryDirectory() as run:
            trona.run(deck, directory=Path(run) / "run", reporter=make_reporter(quiet=True))
            (picture,) = (Path(run) / "run" / "plots").glob("*.png")
            shutil.copyfile(picture, folder / entry.name)
    for old in folder.iterdir():
        if old.suffix == ".png" and old.name not in made:
            old.unlink()
    (folder / "index.md").write_text(page(), encoding="utf-8")
    keys_file.write_text(json.dumps(made, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "gallery")
