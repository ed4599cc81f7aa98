"""Files that are no decks or no meshes, wrong overrides, and wrong arguments: the exact messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trona.cli import main

Prepare = Callable[[Path, str], None]


def _write(name: str, text: str) -> Prepare:
    return lambda folder, base: (folder / name).write_text(text, encoding="utf-8") and None


def _folder(folder: Path, base: str) -> None:
    (folder / "deck.yaml").mkdir()


def _binary(folder: Path, base: str) -> None:
    (folder / "deck.yaml").write_bytes(bytes(range(256)))


def _mesh(change: Callable[[str], str]) -> Prepare:
    def prepare(folder: Path, base: str) -> None:
        (folder / "deck.yaml").write_text(base, encoding="utf-8")
        mesh = folder / "three_layers.msh"
        mesh.write_text(change(mesh.read_text(encoding="utf-8")), encoding="utf-8")

    return prepare


def _without_names(text: str) -> str:
    head, _, rest = text.partition("$PhysicalNames")
    return head + rest.partition("$EndPhysicalNames\n")[2]


def _deck(folder: Path, base: str) -> None:
    (folder / "deck.yaml").write_text(base, encoding="utf-8")


def _cycle(folder: Path, base: str) -> None:
    (folder / "deck.yaml").write_text("include: other.yaml\n", encoding="utf-8")
    (folder / "other.yaml").write_text("include: deck.yaml\n", encoding="utf-8")


def _included(folder: Path, base: str) -> None:
    (folder / "deck.yaml").write_text(
        "include: base.yaml\nphysics: {heat: {block: metal}}\n", encoding="utf-8"
    )
    (folder / "base.yaml").write_text(base, encoding="utf-8")


FILES: list[tuple[str, Prepare, str]] = [
    ("no deck", lambda folder, base: None, "no such file: 'deck.yaml'"),
    ("misspelt deck", _write("dek.yaml", ""), "no such file: 'deck.yaml'; nearest: dek.yaml"),
    ("folder", _folder, "'deck.yaml' is a folder, not a file"),
    (
        "empty deck",
        _write("deck.yaml", ""),
        "deck.yaml:1:1: the deck needs the section 'mesh'\ndeck.yaml:1:1: the deck needs the section 'physics'",
    ),
    ("deck of comments", _write("deck.yaml", "# nothing\n"), "deck.yaml:1:1: the deck needs the section 'mesh'\n"
     "deck.yaml:1:1: the deck needs the section 'physics'"),
    ("binary file", _binary, "'deck.yaml' is not UTF-8 text"),
    ("list", _write("deck.yaml", "- mesh\n- physics\n"), "deck.yaml:1:1: expected a mapping, got a list"),
    ("include cycle", _cycle, "other.yaml:1:10 include: files include each other: deck.yaml -> other.yaml -> deck.yaml"),
    ("missing include", _write("deck.yaml", "include: elsewhere.yml\n"), "deck.yaml:1:10 include: no such file: 'elsewhere.yml'"),
    (
        "mistake above an included deck",
        _included,
        "deck.yaml:2:18 physics.heat.block: no such option of heat; nearest: blocks",
    ),
    (
        "empty mesh",
        _mesh(lambda text: ""),
        "deck.yaml:3:14 mesh.file: mesh three_layers.msh: this is not a gmsh mesh: the file does not "
        "begin with $MeshFormat",
    ),
    (
        "mesh without names",
        _mesh(_without_names),
        "deck.yaml:3:14 mesh.file: mesh three_layers.msh: the physical groups of the mesh have no names; name them in gmsh, for instance Physical Surface(\"upper\") = {...}",
    ),
    (
        "mesh cut short",
        _mesh(lambda text: text[: len(text) // 2]),
        "deck.yaml:3:14 mesh.file: mesh three_layers.msh: the file cannot be read as a gmsh mesh: section $Nodes has no end: the file is cut short",
    ),
    (
        "mesh of another version",
        _mesh(lambda text: text.replace("4.1 0 8", "9.9 0 8")),
        "deck.yaml:3:14 mesh.file: mesh three_layers.msh: the file is in MSH format 9.9, which is not read; save it from gmsh as version 4.1",
    ),
]


@pytest.mark.parametrize(("prepare", "message"), [f[1:] for f in FILES], ids=[f[0] for f in FILES])
def test_file(
    prepare: Prepare, message: str, folder: Path, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(folder, base)
    assert main(["check", "deck.yaml"]) == 2
    assert capsys.readouterr().err == f"{message}\n"


ARGUMENTS: list[tuple[list[str], str]] = [
    (["check", "deck.yaml", "time.end"], "<command line>:1:1: expected an override like key.path=value, got 'time.end'"),
    (["check", "deck.yaml", "=5"], "<command line>:1:1: expected an override like key.path=value, got '=5'"),
    (["check", "deck.yaml", "time..end=5 s"], "<command line>:1:1: expected an override like key.path=value, got 'time..end=5 s'"),
    (["check", "deck.yaml", "time.end=5"], "<command line>:1:10 time.end: expected a quantity in s, got the bare number '5'"),
    (["check", "deck.yaml", "time.ends=5 s"], "<command line>:1:11 time.ends: no such option of time; nearest: end"),
    (["check", "deck.yaml", "tme.end=5 s"], "<command line>:1:1 tme: no such section; nearest: time"),
    (["check", "deck.yaml", "time.ends=null"], "<command line>:1:1 time.ends: there is no 'ends' to remove; nearest: end"),
    (["check", "deck.yaml", "title.x=1"], "<command line>:1:1 title.x: cannot set 'x' inside 'Three layers', which is not a mapping"),
    (["check", "deck.yaml", "physics.heat.blocks=[metal"], "<command line>:1:27 physics.heat.blocks: not valid YAML: expected ',' or ']', but got '<stream end>'"),
    (["check", "deck.yaml", "include=other.yaml"], "<command line>:1:1: an override cannot include files"),
    (["check", "deck.yaml", "time.end=5 V", "time.step=1"], "<command line>:1:10 time.end: expected a quantity in s, got '5 V'\n<command line>:1:11 time.step: expected a quantity in s, got the bare number '1'"),
    ([], "trona: no command given; see 'trona -h'"),
    (["chek", "deck.yaml"], "trona: no such command 'chek'; nearest: check"),
    (["solve"], "trona: no such command 'solve'; known: run, sweep, check, fmt, warm, verify, explain, list, compare, plot, report, open, stop, plugins, materials, schema, new-deck, new-plugin, doctor"),
    (["check"], "trona check: the following arguments are required: deck\nusage: trona check [-h] [--allow-petsc] [--debug] DECK [key=value ...]"),
    (["check", "deck.yaml", "--verbose"], "trona check: unrecognised argument '--verbose'"),
    (["explain", "deck.yaml", "--style", "word"], "trona explain: argument --style: invalid choice: 'word' (choose from 'text', 'markdown', 'latex')\nusage: trona explain [-h] [--style STYLE | --solver] [--graph FILE] [--debug] DECK [key=value ...]"),
    (["explain", "deck.yaml", "--graph", "graph.doc"], "--graph: expected a file ending in .png, .svg, .pdf, got 'graph.doc'"),
    (["explain", "deck.yaml", "--graph", "nowhere/graph.png"], "cannot write 'nowhere/graph.png': No such file or directory"),
    (["plugins", "butler_volmr"], "trona plugins: no such plugin 'butler_volmr'; nearest: butler_volmer"),
    (["plugins", "heat", "more"], "trona plugins: unrecognised argument 'more'"),
    (["schema", "-o", "nowhere/schema.json"], "cannot write 'nowhere/schema.json': No such file or directory"),
    (["schema", "-o"], "trona schema: argument -o/--output: expected one argument\nusage: trona schema [-h] [--debug] [-o FILE] [DECK]"),
]


@pytest.mark.parametrize(
    ("arguments", "message"), ARGUMENTS, ids=[" ".join(a) or "nothing" for a, _ in ARGUMENTS]
)
def test_arguments(
    arguments: list[str], message: str, folder: Path, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _deck(folder, base)
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"{message}\n"
