"""`trona fmt`: the layout of a deck changes, what it means does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from trona.cli import main
from trona.deck import SECTIONS, formatted
from trona.deck.source import parse_yaml
from trona.errors import UserError

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(
    path
    for folder in ("inputs", "plugins/trona_plugins/conformance", "tests")
    for path in (ROOT / folder).rglob("*.yaml")
    if "materials" not in path.parts
)


def _twice(found: re.Match[str]) -> str:
    return found[0] * 2


def test_every_deck_keeps_its_meaning_and_its_comments() -> None:
    """The decks in inputs/ are laid out; they are found again from a text with other spaces, comments included."""
    assert len(SHIPPED) > 100
    for path in SHIPPED:
        text = path.read_text(encoding="utf-8")
        wider = re.sub("^( *)- ", r"\1-   ", re.sub("^ +", _twice, text, flags=re.MULTILINE), flags=re.MULTILINE)
        wider = wider.replace("    #", "  #")
        made = formatted(wider, str(path))
        if ROOT / "tests" not in path.parents:
            assert made == text, f"run 'trona fmt {path}'"
            continue
        assert yaml.safe_load(made) == yaml.safe_load(text), path
        assert sorted("".join(made.split())) == sorted("".join(text.split())), path
        assert formatted(made, str(path)) == made, path
        found = [name for name in parse_yaml(made, "").mapping() if name in SECTIONS]
        assert found == sorted(found, key=SECTIONS.index), path


CASES = {
    "spaces": (
        'mesh: {a: 1}\nphysics:\n   heat:   { blocks : [ a,b ] , x: "q # r" }   # c\n',
        'mesh: {a: 1}\nphysics:\n  heat: {blocks: [a, b], x: "q # r"}    # c\n',
    ),
    "sections with their comments": (
        "# deck\n\n# about physics\nphysics: {}\n# about mesh\nmesh: {}\n\n\n\n# end\n",
        "# deck\n\n# about mesh\nmesh: {}\n\n# about physics\nphysics: {}\n\n# end\n",
    ),
    "comments at the top are of the deck": ("# deck\nphysics: {}\n\nmesh: {}\n", "# deck\nmesh: {}\n\nphysics: {}\n"),
    "blank lines that hold sections together": (
        "initial: {}\ntime: {}\n\nmesh: {}\nmaterials: {}\n",
        "mesh: {}\nmaterials: {}\n\ninitial: {}\ntime: {}\n",
    ),
    "an alias after its anchor": ("physics: &p {a: 1}\nmesh:   *p\n", "physics: &p {a: 1}\nmesh: *p\n"),
    "dashes below their key": (
        "sweep:\n- a\n-   b: 1\n    c: 2\n    # in\n- - x\n  -   y\n",
        "sweep:\n  - a\n  - b: 1\n    c: 2\n    # in\n  - - x\n    - y\n",
    ),
    "texts of several lines": (
        "physics:\n    a: |+\n        one\n\n         # two\n    b: >2-\n          fixed\n    c: 'x\n\n      y'  # d\n",
        "physics:\n  a: |+\n    one\n\n     # two\n  b: >2-\n        fixed\n  c: 'x\n\n    y'    # d\n",
    ),
    "lists of several lines": (
        "mesh:\n  a:   [1,\n        2,  # two\n        # three\n        3]\n",
        "mesh:\n  a: [1,\n      2,    # two\n      # three\n      3]\n",
    ),
    "comments in one column": (
        "time:\n  end: 10 s # a\n  step: 1 s\n  method: bdf1   # b\n\n  tolerance: {}   # c\n",
        "time:\n  end: 10 s       # a\n  step: 1 s\n  method: bdf1    # b\n\n  tolerance: {}    # c\n",
    ),
    "comments that stand apart": (
        "physics:\n    a:\n        b: 1\n      # odd\n        # at b\n# at 0\n    # at c\n    c: 2\n",
        "physics:\n  a:\n    b: 1\n  # odd\n    # at b\n# at 0\n  # at c\n  c: 2\n",
    ),
    "carriage returns": ("\ufefftitle: a\r\nmesh: {}\r\n", "title: a\nmesh: {}\n"),
    "nothing but a comment": ("\n\n# x\n\n\n", "# x\n"),
    "JSON": ('{"mesh":{"a":[1,2]},"physics":{}}\n', '{"mesh": {"a": [1, 2]}, "physics": {}}\n'),
    "markers": ("%YAML 1.2\n---\nphysics: {}\nmesh: {}\n...\n", None),
    "keys with a question mark": ("mesh:\n  ? a\n  : b\n  ? |\n    k\n  : v\n", None),
    "lists that open and close on lines of their own": ("mesh:\n  b: {\n    x: [\n      1,\n    ],\n  }\n", None),
}


@pytest.mark.parametrize("name", CASES)
def test_layout(name: str) -> None:
    text, expected = CASES[name]
    made = formatted(text, "deck.yaml")
    assert made == (text if expected is None else expected)
    assert formatted(made, "deck.yaml") == made


SPACES = st.sampled_from(["", " ", "  "])
LINE = st.builds(
    lambda lead, key, gap, value, comment: f"{lead}{key}:{gap}{value}{comment}",
    st.sampled_from(["", "  ", "   ", "    ", "- ", "  - ", "  -   "]),
    st.sampled_from(["mesh", "physics", "time", "a", "b", "'c'"]),
    st.sampled_from([" ", "   "]),
    st.sampled_from(
        [
            "",
            "1",
            "&x {u: 1}",
            "*x",
            "[1,\n   2]",
            "{ p: q,r: 's' }",
            '"t\n   u"',
            "|\n       v\n        w",
            "x\n      y",
        ]
    ),
    st.sampled_from(["", "", "  # note", " #", "\n# below", "\n   # further", "\n\n", "\n\n\n  # apart\n"]),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(LINE, max_size=8).map("\n".join))
def test_any_text_keeps_its_meaning_or_is_refused(text: str) -> None:
    try:
        before = parse_yaml(text, "deck.yaml").plain()
        made = formatted(text, "deck.yaml")
    except UserError:
        return
    assert parse_yaml(made, "deck.yaml").plain() == before
    assert sorted("".join(made.split())) == sorted("".join(text.split()))
    assert formatted(made, "deck.yaml") == made


def test_the_command_writes_only_what_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, poor, link = tmp_path / "good.yaml", tmp_path / "poor.yaml", tmp_path / "link.yaml"
    good.write_text("mesh: {}\nphysics: {}\n")
    poor.write_text("physics: {}\nmesh:   {}\n")
    poor.chmod(0o640)
    link.symlink_to(poor)
    assert main(["fmt", "--check", str(good), str(poor)]) == 1
    assert capsys.readouterr().out == f"would change: {poor}\n"
    assert poor.read_text() == "physics: {}\nmesh:   {}\n"
    assert main(["fmt", str(good), str(link)]) == 0
    assert capsys.readouterr().out == f"changed: {link}\n"
    assert link.is_symlink()
    assert poor.read_text() == "mesh: {}\n\nphysics: {}\n"
    assert poor.stat().st_mode & 0o777 == 0o640
    assert main(["fmt", "--check", str(good), str(poor)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.yaml", "link.yaml", "poor.yaml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mesh: [1\nphysics: {}\n", "not valid YAML"),
        ("mesh: {}\nphysiks: {}\n", "2:1 physiks: no such section; nearest: physics"),
        ("mesh: {}\nmesh: {}\n", "2:1 mesh: the key 'mesh' appears twice"),
        ("- a\n", "1:1: expected a mapping, got a list"),
        ("# a\u2028# b\nmesh: {}\n", "1:4: the character U+2028"),
    ],
)
def test_what_is_no_deck_is_refused_and_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    wrong, poor = tmp_path / "wrong.yaml", tmp_path / "poor.yaml"
    wrong.write_text(text, encoding="utf-8")
    poor.write_text("mesh:   {}\n")
    assert main(["fmt", str(wrong), str(poor)]) == 2
    out, err = capsys.readouterr()
    assert err.startswith(f"{wrong}:")
    assert message in err
    assert wrong.read_text(encoding="utf-8") == text
    assert out == f"changed: {poor}\n"
