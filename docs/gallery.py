"""Runs a few small decks and writes docs/gallery: a page with a picture of each. What has not changed is not run again.

python docs/gallery.py [FOLDER]
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterable
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


@dataclass(frozen=True)
class Figure:
    """A figure for a paper: the deck that is run, with these overrides, and what `trona plot` is told."""

    deck: str
    plot: tuple[str, ...]
    title: str
    text: str
    overrides: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{Path(self.deck).stem}-{self.plot[0]}.svg"

    @property
    def folder(self) -> str:
        return f"runs/{Path(self.deck).stem}"

    def commands(self) -> list[str]:
        """Return the commands that draw it."""
        run = ["trona", "run", self.deck, "-o", self.folder, *self.overrides]
        return [shlex.join(run), shlex.join(["trona", "plot", self.folder, *self.plot, "-o", self.name])]


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


RIM = "outputs.extra.rim={profile: reaction_current_density, along: metal | sei}"
FIGURES = (
    Figure(
        f"{TUTORIAL}/sodium_sei.yaml",
        ("current_density", "--unit", "mA/cm^2"),
        "A field",
        "The current density of the tutorial; the second panel is the box that is framed in the first.",
        (RIM,),
    ),
    Figure(
        f"{TUTORIAL}/sodium_sei.yaml",
        ("rim", "--unit", "mA/cm^2"),
        "A profile along an interface",
        "The reaction current density from a crest of the metal to a trough; cathodic currents are negative.",
        (RIM,),
    ),
    Figure(
        f"{TUTORIAL}/cycling.yaml",
        ("electrode_potential", "reaction_current_density_mean", "--unit", "mV", "--unit", "mA/cm^2"),
        "Curves of a protocol",
        "The potential of the metal and the mean current of two cycles of plating, rest and stripping.",
    ),
)


def key(deck: Deck) -> str:
    """Return a text that changes with the deck, its mesh, and what draws its pictures."""
    plain = deck.resolved()
    file = (plain.get("mesh") or {}).get("file")
    mesh = (deck.folder / file).read_bytes() if file else b""
    drawing = b"".join(path.read_bytes() for path in sorted((ROOT / "core/trona/record").glob("*.py")))
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode() + mesh + drawing).hexdigest()


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
    parts += [
        "## Figures for a paper",
        "Printed from the command line, without an edit. They are as wide as a column or page of a journal; letters "
        "and lines stay such in `.svg` and `.pdf`, and a `.png` has 300 pixels per inch.",
    ]
    for figure in FIGURES:
        commands = "\n".join(["```sh", *figure.commands(), "```"])
        parts += [f"### {figure.title}", figure.text, f"![{figure.title}]({figure.name})", commands]
    return "\n\n".join(parts) + "\n"


def draw(figures: Iterable[Figure], folder: Path) -> None:
    """Run the decks of figures, each once, and draw them."""
    from trona.cli import main as trona

    with tempfile.TemporaryDirectory() as runs:
        done: set[str] = set()
        for figure in figures:
            run = str(Path(runs) / Path(figure.deck).stem)
            if run not in done:
                done.add(run)
                if trona(["run", "-q", str(ROOT / figure.deck), "-o", run, *figure.overrides]):
                    raise SystemExit(f"{figure.deck} has failed")
            if trona(["plot", run, *figure.plot, "-o", str(folder / figure.name)]):
                raise SystemExit(f"{figure.name} could not be drawn")


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
    drawn = {figure.name: key(read_deck(ROOT / figure.deck, figure.overrides)) for figure in FIGURES}
    draw([f for f in FIGURES if keys.get(f.name) != drawn[f.name] or not (folder / f.name).exists()], folder)
    made |= drawn
    for old in folder.iterdir():
        if old.suffix in (".png", ".svg") and old.name not in made:
            old.unlink()
    (folder / "index.md").write_text(page(), encoding="utf-8")
    keys_file.write_text(json.dumps(made, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "gallery")
