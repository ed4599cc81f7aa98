"""The documentation: its links, snippets and lists of names are those of the code."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
import yaml

from trona.cli.arguments import COMMANDS
from trona.deck import SECTIONS, Deck
from trona.deck.reader import load_yaml, read_deck
from trona.model import PropertyForm, Registry, compose, registry
from trona.model.loading import Hooks
from trona.model.physics import Physics
from trona.plugin import hookimpl
from trona.settings import read_settings
from trona.settings.schema import schema
from trona.sweep import check_sweep, read_sweep

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TUTORIAL = ROOT / "inputs/tutorial/sodium_sei.yaml"
PAGES = sorted(p for p in [*DOCS.glob("*.md"), *ROOT.glob("*.md"), ROOT / "meshes/README.md"])


@dataclass(frozen=True)
class Snippet:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.M | re.S)


def test_every_reason_of_a_failed_solve_is_explained() -> None:
    from trona.problem.reasons import REASONS

    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    assert [reason for reason in REASONS.values() if f"| {reason} |" not in page] == []


def snippets(language: str) -> list[Snippet]:
    """Return all blocks of a language in all pages."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            if match[1] == language:
                line = text.count("\n", 0, match.start()) + 1
                found.append(Snippet(page, line, match[1], match[2] or "", match[3]))
    assert found
    return found


def prose() -> str:
    return "\n".join(p.read_text(encoding="utf-8") for p in PAGES)


# ---------------------------------------------------------------- links


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    """In the repository too, where pages that are made from the code are not."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("https://", "http://")):
            assert (page.parent / target).exists() and "reference/" not in target, target


def test_every_page_is_in_the_navigation_and_every_reference_page_is_made(made: Path) -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = set(re.findall(r"[\w/-]+\.md", text))
    here = {str(p.relative_to(DOCS)) for p in DOCS.rglob("*.md") if p.parent.name not in ("reference", "gallery")}
    here |= {"gallery/index.md", *(f"reference/{p.name}" for p in made.glob("*.md"))}
    assert listed == here


# ---------------------------------------------------------------- names


def test_all_physics_forms_hooks_sections_and_commands_are_documented(made: Path) -> None:
    written, reference = prose(), "\n".join(p.read_text(encoding="utf-8") for p in made.glob("*.md"))
    found = registry()
    for name in (*found.physics, *found.forms):
        assert f"## {name}\n" in reference
        assert re.search(rf"\b{name}\b", written), name
    for hook in (name for name in vars(Hooks) if name.startswith("trona_")):
        assert f"`{hook}`" in written and f"`{hook}`" in reference, hook
    for section in SECTIONS:
        assert f"| `{section}` |" in (DOCS / "deck.md").read_text(encoding="utf-8"), section
    for command in COMMANDS:
        assert f"trona {command}" in written, command


def test_commands_in_the_docs_exist() -> None:
    for snippet in snippets("sh"):
        for command in re.findall(r"^(?:mpiexec -n \d |srun )?trona (\S+)", snippet.text, re.M):
            assert command in COMMANDS, f"{snippet}: {command}"


def test_targets_of_make_in_the_docs_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`make ((?:\w+ ?)+)`", prose())):
        for name in target.split():
            assert f"\n{name}:" in makefile, name


# ---------------------------------------------------------------- snippets


@pytest.mark.parametrize("snippet", snippets("python"), ids=str)
def test_python_compiles(snippet: Snippet) -> None:
    ast.parse(snippet.text)


@pytest.mark.parametrize("snippet", snippets("yaml"), ids=str)
def test_yaml_is_what_it_seems(snippet: Snippet, tmp_path: Path, pouch: Registry) -> None:
    """Whole decks compose; parts of decks compose when they are laid over the tutorial's."""
    plain = yaml.safe_load(snippet.text)
    if snippet.title:
        original = ROOT / snippet.title
        if original.exists():
            assert snippet.text == original.read_text(encoding="utf-8")
        else:
            path = tmp_path / "material.yaml"
            path.write_text(snippet.text, encoding="utf-8")
            assert "properties" in load_yaml(path).mapping()
        return
    if {"mesh", "physics"} <= set(plain):
        deck = Deck.from_text(snippet.text, ROOT, str(snippet))
    else:
        part = tmp_path / "part.yaml"
        own = snippet.text if "include" in plain else f"include: {TUTORIAL}\n{snippet.text}"
        part.write_text(own.replace("include: inputs", f"include: {ROOT}/inputs"), encoding="utf-8")
        file = ROOT / plain["mesh"]["file"] if "mesh" in plain else ROOT / "meshes/wavy_sei.msh"
        deck = read_deck(part, [f"mesh.file={file}"])
        if "mesh" in plain:
            assert file.is_file()
            return
    if deck.section("sweep") is not None:
        check_sweep(read_sweep(deck))
    model = compose(deck, pouch)
    read_settings(model)


def test_decks_of_the_manual_fit_the_schema_that_editors_use() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    checked = 0
    for snippet in snippets("yaml"):
        plain = yaml.safe_load(snippet.text)
        if {"mesh", "physics"} <= set(plain) and "face_cooling" not in plain["physics"]:
            validator.validate(plain)
            checked += 1
    assert checked >= 3


def test_the_output_shown_is_that_of_the_tutorial() -> None:
    """README and tutorial print the same table, whose outputs and balances are the deck's."""
    readme, tutorial = (
        next(s.text for s in snippets("text") if s.page.name == name and "closure" in s.text)
        for name in ("README.md", "tutorial.md")
    )
    assert tutorial.startswith(readme)
    model = compose(read_deck(TUTORIAL))
    read_settings(model)
    names = [line.split()[0] for line in readme.splitlines()[2:] if line]
    for output in model.outputs:
        assert output.name in names, output.name
    assert set(model.balances) <= set(names)


# ---------------------------------------------------------------- the plugins of the manual


@pytest.fixture(scope="session")
def classes() -> dict[str, Any]:
    """Physics and property forms defined in the snippets, by name; of several alike the last."""
    found: dict[str, Any] = {}
    for snippet in snippets("python"):
        if "(Physics)" in snippet.text or "(PropertyForm)" in snippet.text:
            scope: dict[str, Any] = {}
            exec(compile(snippet.text, str(snippet), "exec"), scope)
            for thing in scope.values():
                if isinstance(thing, type) and issubclass(thing, Physics | PropertyForm) and thing.name:
                    found[thing.name] = thing
    return found


@pytest.fixture(scope="session")
def pouch(classes: dict[str, Any]) -> Registry:
    """The installed plugins and those of the manual."""
    base = registry()
    physics = {n: c for n, c in classes.items() if issubclass(c, Physics)}
    forms = {n: c for n, c in classes.items() if issubclass(c, PropertyForm)}
    origins = dict.fromkeys(classes, "trona-pouch 1.0")
    return replace(
        base,
        physics={**base.physics, **physics},
        forms={**base.forms, **forms},
        distributions={**base.distributions, **origins},
    )


SALT = {
    "mesh": {"file": "meshes/three_layers.msh", "length_unit": "um"},
    "materials": {
        "film": {"diffusivity": {"power_law": {"value": "1e-12 m^2/s", "exponent": 2}}},
        "electrolyte": {"diffusivity": "1e-10 m^2/s"},
    },
    "given": {"temperature": "25 degC"},
    "physics": {"salt_diffusion": {"blocks": ["film", "electrolyte"]}},
    "boundaries": {"top": {"concentration": "1000 mol/m^3"}},
}


@pytest.mark.parametrize(
    ("physics", "fields", "balances"),
    [
        ({"salt_membrane": {"permeability": "1e-6 m/s"}}, {"concentration"}, {"salt"}),
        ({"partition": {"K": 0.5}}, {"concentration", "partition_flux"}, {"salt"}),
        ({"film_growth": {"rate": "1e-15 m^4/mol/s"}}, {"concentration", "film_height"}, {"film", "salt"}),
    ],
    ids=["membrane", "partition", "surface field"],
)
def test_plugins_of_the_manual_compose(
    physics: dict[str, Any], fields: set[str], balances: set[str], pouch: Registry
) -> None:
    ((name, options),) = physics.items()
    deck = {**SALT, "physics": {**SALT["physics"], name: {"interface": "film | electrolyte", **options}}}  # type: ignore[dict-item]
    model = compose(Deck.from_dict(deck, ROOT), pouch)
    assert set(model.fields) == fields
    assert set(model.balances) == balances
    broken = model.fields["concentration"].broken_at
    assert bool(broken) == (name != "film_growth")


def test_the_package_of_the_manual_is_whole(classes: dict[str, Any]) -> None:
    package = {s.title: s.text for s in [*snippets("python"), *snippets("toml"), *snippets("bibtex")] if s.title}
    tree = next(s.text for s in snippets("text") if "trona-pouch/" in s.text)
    for path in re.findall(r"^ {4}(\S+)", tree, re.M):
        assert path in package, path
    module, init = ModuleType("trona_pouch.face_cooling"), ModuleType("trona_pouch")
    sys.modules |= {"trona_pouch": init, "trona_pouch.face_cooling": module}
    try:
        exec(package["trona_pouch/face_cooling.py"], module.__dict__)
        init.__file__ = str(ROOT / "trona_pouch/__init__.py")
        exec(package["trona_pouch/__init__.py"], init.__dict__)
        (cls,) = init.trona_physics()
    finally:
        del sys.modules["trona_pouch"], sys.modules["trona_pouch.face_cooling"]
    assert cls.name == "face_cooling"
    offered = {name for name, thing in vars(init).items() if hasattr(thing, f"{hookimpl.project_name}_impl")}
    assert offered == {"trona_physics", "trona_data"}
    for key in cls.references:
        assert f"{{{key}," in package["trona_pouch/references.bib"]


# ---------------------------------------------------------------- the generator


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("reference"), seed="1")


def generate(folder: Path, seed: str) -> Path:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    subprocess.run([sys.executable, DOCS / "generate.py", folder], check=True, env=environment, cwd=ROOT)
    return folder


def test_the_generator_is_deterministic_and_removes_old_pages(made: Path, tmp_path: Path) -> None:
    (tmp_path / "gone.md").touch()
    again = generate(tmp_path, seed="2")
    assert {p.name: p.read_text() for p in again.iterdir()} == {p.name: p.read_text() for p in made.iterdir()}


def test_options_are_listed_with_unit_and_default(made: Path) -> None:
    text = (made / "physics.md").read_text(encoding="utf-8")
    row = "| `alpha_a` | number, at least 0 | `0.5` | anodic charge transfer coefficient |"
    assert row in text
    assert "| `preset` | auto \\| multigrid \\| direct" in (made / "sections.md").read_text(encoding="utf-8")
