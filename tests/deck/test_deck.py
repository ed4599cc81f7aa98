"""Decks: sections, includes, overrides."""

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

import trona
from trona.deck import Deck, read_deck, read_expression
from trona.deck.source import parse_yaml
from trona.errors import UserError
from trona.verify import verify

TEXT = """\
title: cell
mesh: {file: cell.msh, length_unit: um}
physics:
  heat: {blocks: [metal, sei]}
  source:
boundaries:
  metal | sei: {temperature: 25 degC}
"""


def message(text: str, *overrides: str) -> str:
    with pytest.raises(UserError) as error:
        Deck.from_text(text, overrides=overrides)
    return str(error.value)


def read_error(path: Path, *overrides: str) -> str:
    with pytest.raises(UserError) as error:
        read_deck(path, overrides)
    return str(error.value).replace(f"{path.parent}/", "")


def test_resolved_deck_reads_back() -> None:
    deck = Deck.from_text(TEXT)
    resolved = deck.resolved()
    assert resolved["physics"] == {"heat": {"blocks": ["metal", "sei"]}, "source": None}
    assert Deck.from_text(yaml.safe_dump(resolved)).resolved() == resolved
    assert Deck.from_dict(resolved).resolved() == resolved
    assert deck.section("time") is None
    mesh = deck.section("mesh")
    assert mesh is not None and mesh.mapping()["file"].value == "cell.msh"


def test_file_gives_name_folder_and_places(tmp_path: Path) -> None:
    path = tmp_path / "cell.yaml"
    path.write_text(TEXT)
    deck = read_deck(path)
    assert (deck.name, deck.folder, deck.path) == ("cell", tmp_path, path)
    assert str(deck.root.key("physics")) == f"{path}:3:1 physics"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "<deck>:1:1: the deck needs the section 'mesh'\n<deck>:1:1: the deck needs the section 'physics'"),
        ("- 1", "<deck>:1:1: expected a mapping, got a list"),
        (TEXT + "physic: {}", "<deck>:8:1 physic: no such section; nearest: physics"),
        ("mesh: {}\nphysics:", "<deck>:1:1: the deck needs the section 'physics'"),
        ("include: nope.yaml\n" + TEXT, "<deck>:1:10 include: no such file: 'nope.yaml'"),
        ("include: [[1]]\n" + TEXT, "<deck>:1:11 include[0]: expected text, got a list"),
    ],
)
def test_section_messages(text: str, expected: str) -> None:
    assert message(text) == expected


def test_several_mistakes_come_in_one_go() -> None:
    assert message("physic: 1\nmesh: {}\nboundary: 2").splitlines() == [
        "<deck>:1:1 physic: no such section; nearest: physics",
        "<deck>:1:1: the deck needs the section 'physics'",
        "<deck>:3:1 boundary: no such section; nearest: boundaries",
    ]


def test_includes_merge_from_the_bottom_up(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    low = "mesh: {file: low.msh, length_unit: um}\nphysics: {heat: {blocks: [a, b]}}"
    (tmp_path / "sub/low.yaml").write_text(low)
    (tmp_path / "mid.yaml").write_text("include: sub/low.yaml\nphysics: {heat: {blocks: [c]}, charge: {}}")
    (tmp_path / "other.yaml").write_text("")
    top = tmp_path / "top.yaml"
    top.write_text("include: [mid.yaml, other.yaml]\nmesh: {file: top.msh}\nphysics: {charge: null, salt: }")
    deck = read_deck(top)
    assert deck.resolved() == {
        "mesh": {"file": "top.msh", "length_unit": "um"},
        "physics": {"heat": {"blocks": ["c"]}, "salt": None},
    }
    mesh = deck.section("mesh")
    assert mesh is not None
    assert mesh.mapping()["length_unit"].location.file == str(tmp_path / "sub/low.yaml")
    assert mesh.key("file").file == str(top)


@pytest.mark.parametrize("below", ["", "protocol: {controls: {i: A/m^2}}\n"])
def test_null_removes_a_section_whether_it_is_there_or_not(below: str, tmp_path: Path) -> None:
    (tmp_path / "low.yaml").write_text(TEXT + below)
    (tmp_path / "top.yaml").write_text("include: low.yaml\nprotocol: null\ntime: ~\nsolver:\n")
    deck = read_deck(tmp_path / "top.yaml")
    assert deck.section("protocol") is None and deck.section("time") is None
    assert deck.section("solver") is not None  # an empty section is no null: what it needs is asked for
    assert Deck.from_text(TEXT + "protocol: null\n").section("protocol") is None


def test_the_last_of_several_includes_wins(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / f"{name}.yaml").write_text(f"mesh: {{file: {name}.msh}}\nphysics: {{heat: }}")
    top = tmp_path / "top.yaml"
    top.write_text("include: [first.yaml, second.yaml]")
    assert read_deck(top).resolved()["mesh"] == {"file": "second.msh"}


def test_including_twice_is_fine_but_not_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(TEXT)
    (tmp_path / "a.yaml").write_text("include: base.yaml")
    (tmp_path / "b.yaml").write_text("include: [base.yaml, a.yaml]")
    assert read_deck(tmp_path / "b.yaml").resolved()["title"] == "cell"
    (tmp_path / "base.yaml").write_text("include: ./b.yaml")
    assert read_error(tmp_path / "b.yaml") == (
        "base.yaml:1:10 include: files include each other: b.yaml -> base.yaml -> b.yaml"
    )


def test_unreadable_files(tmp_path: Path) -> None:
    assert read_error(tmp_path / "no.yaml") == "no such file: 'no.yaml'"
    (tmp_path / "latin.yaml").write_bytes(b"title: \xe9")
    assert read_error(tmp_path / "latin.yaml") == "'latin.yaml' is not UTF-8 text"
    refused = "<deck>:1:10 include: a deck is a file ending in .yaml, .yml, got '/dev/zero'"
    assert message("include: /dev/zero") == refused


def test_overrides() -> None:
    overrides = ["physics.soret.S_T=0.02/K", "physics.source.power = 1 W", "physics.heat=null"]
    deck = Deck.from_text(TEXT, overrides=[*overrides, "boundaries.metal | sei.temperature=5 K"])
    assert deck.resolved()["physics"] == {"source": {"power": "1 W"}, "soret": {"S_T": "0.02/K"}}
    assert deck.resolved()["boundaries"] == {"metal | sei": {"temperature": "5 K"}}
    physics = deck.section("physics")
    assert physics is not None
    place = physics.mapping()["soret"].mapping()["S_T"].location
    assert str(place) == "<command line>:1:19 physics.soret.S_T"


def test_overrides_reach_items_of_lists() -> None:
    text = "mesh: {file: a.msh}\nphysics: {source: [{power: 1 W}, {power: 2 W, at: [[a, b], [c]]}]}\n"
    overrides = ["physics.source[1].power=3 W", "physics.source[1].at[0][1]=d", "physics.source[0].x.y=5"]
    deck = Deck.from_text(text, overrides=overrides)
    first, second = {"power": "1 W", "x": {"y": 5}}, {"power": "3 W", "at": [["a", "d"], ["c"]]}
    assert deck.resolved()["physics"] == {"source": [first, second]}
    assert Deck.from_text(text, overrides=["physics.source[0]=null"]).resolved()["physics"] == {
        "source": [{"power": "2 W", "at": [["a", "b"], ["c"]]}]
    }


def test_values_from_elsewhere_keep_their_place() -> None:
    deck = Deck.from_text(TEXT)
    value = parse_yaml("\n  3 V", "values.csv")
    other = deck.with_values({"physics.soret.S_T": value})
    place = other.root.mapping()["physics"].mapping()["soret"].mapping()["S_T"].location
    assert str(place) == "values.csv:2:3 physics.soret.S_T"
    assert "soret" not in deck.resolved()["physics"]
    with pytest.raises(UserError, match=r"values\.csv:2:3 phys: no such section; nearest: physics"):
        deck.with_values({"phys": value})


def test_a_property_of_a_material_that_is_only_named_may_be_set(tmp_path: Path) -> None:
    text = "mesh: {}\nphysics: {}\nmaterials:\n  sei: uniform_sei\n"
    deck = Deck.from_text(text, name="a.yaml", overrides=["materials.sei.density=2 g/cm^3", "materials.sei.x.value=3"])
    assert deck.resolved()["materials"] == {"sei": {"use": "uniform_sei", "density": "2 g/cm^3", "x": {"value": 3}}}
    use = deck.root.mapping()["materials"].mapping()["sei"].mapping()["use"]
    assert str(use.location) == "a.yaml:4:8 materials.sei.use"
    for wrong in ("title.x=1", "physics.heat.x.y=1"):
        with pytest.raises(UserError, match="which is not a mapping"):
            Deck.from_text(text + "title: a\n", overrides=["physics.heat={x: sei}", wrong])


@pytest.mark.parametrize("path", ["definitions", "definitions.drive"])
def test_a_definition_that_is_taken_away_is_gone_from_every_value(path: str) -> None:
    deck = Deck.from_text("mesh: {}\nphysics: {a: {j: drive}}\ndefinitions: {drive: 3 V}\n")
    physics = deck.with_values({path: parse_yaml("null", "values")}).root.mapping()["physics"]
    node = physics.mapping()["a"].mapping()["j"]
    with pytest.raises(UserError, match="unknown name 'drive'"):
        read_expression(node, {})


def test_overrides_of_what_is_no_path_are_refused() -> None:
    deck = Deck.from_text(TEXT)
    for use in (trona.run, trona.run_sweep, verify):
        with pytest.raises(UserError, match="overrides are for the path of a deck"):
            use(deck, overrides=["title=x"])
    with pytest.raises(UserError, match="overrides are for the path of a deck"):
        trona.Study(deck, ["title=x"])


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("x", "<command line>:1:1: expected an override like key.path=value, got 'x'"),
        ("=3", "<command line>:1:1: expected an override like key.path=value, got '=3'"),
        ("a..b=2", "<command line>:1:1: expected an override like key.path=value, got 'a..b=2'"),
        ("include=a.yaml", "<command line>:1:1: an override cannot include files"),
        ("mesh.file.x=3", "<command line>:1:1 mesh.file.x: cannot set 'x' inside 'cell.msh', which is not a mapping"),
        (
            "physics.heat.blocks.x=3",
            "<command line>:1:1 physics.heat.blocks.x: cannot set 'x' inside a list, which is not a mapping",
        ),
        ("physics.haet=null", "<command line>:1:1 physics.haet: there is no 'haet' to remove; nearest: heat"),
        (
            "time.end=[",
            "<command line>:1:11 time.end: not valid YAML: expected the node content, but found '<stream end>'",
        ),
        ("a[b].c=3", "<command line>:1:1: expected a path like key.key or key[0].key, got 'a[b].c'"),
        ("[0]=3", "<command line>:1:1: expected a path like key.key or key[0].key, got '[0]'"),
        (
            "physics.heat[0].x=3",
            "<command line>:1:1 physics.heat[0].x: cannot take item [0] of a mapping, which is not a list",
        ),
        (
            "physics.heat.blocks[7]=x",
            "<command line>:1:1 physics.heat.blocks[7]: there is no item [7]: the list has 2 items, counted from 0",
        ),
        ("mesh=null", "<deck>:1:1: the deck needs the section 'mesh'"),
        ("tim.end=1 s", "<command line>:1:1 tim: no such section; nearest: time"),
        (".".join("a" * 200) + "=1", "<command line>:1:1: nested too deeply"),
    ],
)
def test_override_messages(override: str, expected: str) -> None:
    assert message(TEXT, override) == expected


PIECES = st.sampled_from([*list("\t\n :,-[]{}&*!|>'\"%@#?=~<.0aé\\"), "<<: ", "\\U", "null", "include: ", "&a", "*a"])


@given(st.integers(0, len(TEXT)), st.integers(0, 12), st.lists(PIECES, max_size=6).map("".join))
@example(0, len(TEXT), '"\\ud800"')
@example(0, 0, "%YAML 1.99999999999999999999\n---\n")
def test_mutated_decks_never_crash(at: int, cut: int, insert: str) -> None:
    try:
        Deck.from_text(TEXT[:at] + insert + TEXT[at + cut :])
    except UserError as error:
        assert str(error)


@given(st.text())
def test_any_override_never_crashes(override: str) -> None:
    for text in (override, f"physics.heat={override}"):
        try:
            Deck.from_text(TEXT, overrides=[text])
        except UserError as error:
            assert str(error)
