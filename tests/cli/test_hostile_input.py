"""Decks made to do harm: what they name, how much they ask for, and what they print."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trona.cli import main
from trona.deck import Deck, source
from trona.deck.printable import printable
from trona.errors import DeckError, UserError
from trona.explain import explain
from trona.mesh import layered_mesh, layers
from trona.model import compose
from trona.sweep import check as sweep_check
from trona.sweep import check_sweep, read_sweep

HEAT = """\
materials: {metal: sodium}
physics: {heat: {blocks: metal}}
boundaries: {bottom: {temperature: 300 K}}
"""
FLAT = "mesh: {layers: [{metal: 1 um}]}\n" + HEAT


def refused(text: str, capsys: pytest.CaptureFixture[str]) -> str:
    Path("deck.yaml").write_text(text, encoding="utf-8")
    assert main(["check", "deck.yaml"]) == 2
    return capsys.readouterr().err.rstrip("\n")


# ---------------------------------------------------------------- what a deck may read


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _secret(path: Path) -> None:
    (path.parent / "secret.key").write_text("SECRET 1 2 3")
    path.symlink_to("secret.key")


NAMES = {
    "mesh.msh": "mesh: {file: mesh.msh}\n" + HEAT,
    "mesh.vtu": "mesh: {file: mesh.vtu}\n" + HEAT,
    "base.yaml": "include: base.yaml\n",
    "table.csv": FLAT + "initial: {temperature: {table: table.csv, of: t, units: [s, K]}}\n",
    "goo.yaml": FLAT.replace("sodium", "goo"),
}
KINDS: list[tuple[Callable[[Path], None], str]] = [
    (Path.mkdir, "is a folder, not a file"),
    (_pipe, "is a pipe, not a file"),
    (_socket, ""),  # whether it can be opened at all depends on the system
    (_device, "is a link to a file with another extension, 'zero'"),
    (_secret, "is a link to a file with another extension, '.key'"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("make", "why"), KINDS, ids=["folder", "pipe", "socket", "device", "secret"])
def test_only_regular_files_of_their_kind_are_read(
    name: str, make: Callable[[Path], None], why: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(folder / name)
    message = refused(NAMES[name], capsys)
    if name == "goo.yaml" and make is not _secret:
        why = "no material 'goo'"  # what is no file is not taken for one
    assert message.startswith("deck.yaml:") and why in message and "SECRET" not in message


def test_a_link_to_a_file_of_the_same_kind_is_followed(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "real.yaml").write_text(FLAT)
    (folder / "base.yaml").symlink_to(elsewhere / "real.yaml")
    for path in ("base.yaml", f"{elsewhere}/real.yaml", f"../{folder.name}/base.yaml"):
        (folder / "deck.yaml").write_text(f"include: {path}\n")
        assert main(["check", "deck.yaml"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("include: /etc/passwd\n", "deck.yaml:1:10 include: a deck is a file ending in .yaml, .yml, got '/etc/passwd'"),
        (
            FLAT + "initial: {temperature: {table: /etc/passwd, of: t, units: [s, K]}}\n",
            "deck.yaml:5:32 initial.temperature.table: "
            "a table is a file ending in .csv, .tsv, .txt, .dat, got '/etc/passwd'",
        ),
        (
            FLAT.replace("sodium", "../secret"),
            "deck.yaml:2:20 materials.metal: a material is given by its name, not by a path, got '../secret'",
        ),
        ("include: nul\\0.yaml\n", "deck.yaml:1:10 include: no such file: 'nul\\0.yaml'"),
    ],
)
def test_messages(text: str, message: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(text, capsys) == message


def test_a_table_tells_nothing_of_what_else_a_file_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "notes.txt").write_text("1 2\nmy password\n")
    deck = FLAT + "initial: {temperature: {table: notes.txt, of: t, units: [s, K]}}\n"
    assert refused(deck, capsys) == "notes.txt:2:1: expected a row of 2 numbers, got a word"


def test_files_without_end_are_not_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in NAMES.items():
        with (folder / name).open("wb") as file:
            file.truncate(10**13)  # all holes
        assert " MB, the limit for a " in refused(text, capsys)


def test_what_lies_beside_a_deck_is_not_imported(folder: Path) -> None:
    (folder / "deck.yaml").write_text(FLAT)
    for name in ("yaml", "typing", "pint", "numpy", "difflib", "rich", "trona_plugins"):
        (folder / f"{name}.py").write_text("raise SystemExit('imported from beside the deck')\n")
    call = [sys.executable, "-m", "trona.cli", "check", "deck.yaml"]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("ok\n")


# ---------------------------------------------------------------- how much a deck may ask for


def test_layers_are_counted_before_a_mesh_is_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(layers, "build_mesh", lambda *given: pytest.fail("made"))
    many = ", ".join(f"{{b{i}: 1 um}}" for i in range(5000))
    text = f"mesh: {{layers: [{many}], width: 1 um, cells: 1000, cells_across: 1000}}\n{HEAT}"
    assert refused(text, capsys) == (
        "deck.yaml:1:16 mesh.layers: these 5000 layers have 10000000000 cells; at most 200000 are possible"
    )


def test_names_of_facets_take_work_in_proportion_to_the_blocks() -> None:
    def lines(count: int) -> int:
        done = 0

        def trace(frame: Any, event: str, argument: Any) -> Any:
            nonlocal done
            done += event == "line"
            return trace

        sys.settrace(trace)
        try:
            layered_mesh([(f"b{i}", 1e-6) for i in range(count)], cells=1)
        finally:
            sys.settrace(None)
        return done

    assert lines(400) < 2.5 * lines(200)


def test_a_material_of_many_blocks_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    plain = source.parse_yaml
    monkeypatch.setattr(
        "trona.deck.reader._parsed", lambda text, file, *rest: read.append(file) or plain(text, file, *rest)
    )
    names = [f"b{i}" for i in range(20)]
    compose(
        Deck.from_dict(
            {
                "mesh": {"layers": [{name: "1 um"} for name in names]},
                "materials": dict.fromkeys(names, "sodium"),
                "physics": {"heat": {"blocks": names}},
                "boundaries": {"top": {"temperature": "300 K"}},
            }
        )
    )
    assert sum("sodium" in file for file in read) == 1


def test_a_long_sweep_is_checked_as_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    plain = sweep_check.compose_case
    monkeypatch.setattr(sweep_check, "compose_case", lambda *given: made.append(given) or plain(*given))
    section = "sweep: {grid: {boundaries.bottom.temperature: {from: 300 K, to: 400 K, count: 10000}}}\n"
    sweep = read_sweep(Deck.from_text(FLAT + section))
    check_sweep(sweep)
    assert len(sweep.cases) == 10_000 and len(made) <= 4


@pytest.mark.parametrize("wrong", ["300.5 V", "-1 K", "1e9 s", "'017 K'"])
def test_one_wrong_value_of_many_is_found(wrong: str) -> None:
    values = ", ".join([*(f"{300 + i} K" for i in range(50)), wrong, *(f"{350 + i} K" for i in range(50))])
    sweep = read_sweep(Deck.from_text(f"{FLAT}sweep: {{grid: {{boundaries.bottom.temperature: [{values}]}}}}\n"))
    with pytest.raises(UserError, match=r"boundaries\.bottom\.temperature"):
        check_sweep(sweep)


def test_a_yaml_of_many_values_is_left_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_NODES", 100)
    composed: list[int] = []
    plain = source._Loader.compose_node
    monkeypatch.setattr(source._Loader, "compose_node", lambda self, *given: composed.append(1) or plain(self, *given))
    with pytest.raises(DeckError, match="more than 100 values"):
        source.parse_yaml("[" + "1, " * 5000 + "1]", "f.yaml")
    assert len(composed) <= 201


# ---------------------------------------------------------------- what a deck may print

HARMFUL = ["\x1b[31m", "\x9b31m", "\x07", "\u202e", "\u2066", "\u200f", "\u2028", "\x7f"]


@pytest.mark.parametrize("text", HARMFUL)
def test_characters_that_a_terminal_obeys_are_refused(
    text: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    escaped = "".join(f"\\u{ord(c):04x}" for c in text)
    code = f"U+{ord(text[0]):04X}"
    for deck in (f'title: "a{escaped}"\n' + FLAT, f'"x{escaped}": 1\n' + FLAT):
        message = refused(deck, capsys)
        assert code in message and "is not allowed in a deck" in message
        assert all(c in "\n" or unicodedata.category(c) not in ("Cc", "Cf") for c in message)


@pytest.mark.parametrize("text", HARMFUL)
def test_the_name_of_a_deck_is_printed_without_harm(
    text: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / f"a{text}.yaml").write_text("mesh: {}\n", encoding="utf-8")
    assert main(["check", f"a{text}.yaml"]) == 2
    message = capsys.readouterr().err
    assert text not in message and printable(text) in message


def test_explain_obeys_nothing_of_a_deck() -> None:
    evil = r"\input{/etc/passwd} $x$ <script>alert(1)</script> `rm` | [a](javascript:b) %&#_^~"
    deck = Deck.from_dict(
        {
            "mesh": {"layers": [{"metal": "1 um"}]},
            "materials": {
                "metal": {
                    "thermal_conductivity": {"value": "1 W/m/K", "source": evil, "uncertainty": evil},
                    "density": "1000 kg/m^3",
                    "specific_heat_capacity": "1000 J/kg/K",
                }
            },
            "physics": {"heat": {"blocks": ["metal"]}},
            "boundaries": {"top": {"temperature": "300 K"}},
        },
        name=evil,
    )
    model = compose(deck)
    latex, markdown = explain(model, "latex"), explain(model, "markdown")
    assert r"\input" not in latex and "$x$" not in latex and r"\textbackslash{}input\{/etc/passwd\}" in latex
    assert r"\%\&\#\_\^{}\~{}" in latex
    assert "<script>" not in markdown and "&lt;script&gt;" in markdown
    assert "](javascript" not in markdown and r"\`rm\`" in markdown
    assert all(row.replace(r"\|", "").count("|") == 3 for row in markdown.splitlines() if row.startswith("|"))


@pytest.mark.parametrize("style", ["latex", "markdown"])
def test_explain_obeys_nothing_of_a_mesh(style: str) -> None:
    name = r"a} \input{x} <b> $"
    deck = Deck.from_dict(
        {
            "mesh": {"layers": [{name: "1 um"}, {"metal": "1 um"}]},
            "materials": {name: "sodium", "metal": "sodium"},
            "physics": {
                "heat": {"blocks": [name, "metal"]},
                "thermal_resistance": {"interface": f"{name} | metal", "R": "1e-5 K*m^2/W"},
            },
            "boundaries": {"top": {"temperature": "300 K"}},
        }
    )
    page = explain(compose(deck), style)
    fences = page.split("```")[1::2] if style == "markdown" else []
    for fence in fences:
        page = page.replace(fence, "")
    assert r"\input" not in page if style == "latex" else "<b>" not in page
