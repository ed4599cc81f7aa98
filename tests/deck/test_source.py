"""YAML with positions."""

import numpy as np
import pytest

from trona.deck.source import from_plain, parse_yaml
from trona.errors import DeckError, Location


def message(text: str) -> str:
    with pytest.raises(DeckError) as error:
        parse_yaml(text, "f.yaml")
    return str(error.value)


def test_scalars_keep_value_and_spelling() -> None:
    first = "a: 1e-5\nb: 5\nc: 010\nd: .5\ne: 1.\nf: true\ng: yes\nh: True\n"
    second = "i: ~\nj:\nk: 1:30\nl: 2020-01-01\nm: '5'\nn: metal | sei"
    node = parse_yaml(first + second, "f.yaml")
    assert node.plain() == {
        "a": 1e-5,
        "b": 5,
        "c": "010",
        "d": 0.5,
        "e": 1.0,
        "f": True,
        "g": "yes",
        "h": "True",
        "i": None,
        "j": None,
        "k": "1:30",
        "l": "2020-01-01",
        "m": "5",
        "n": "metal | sei",
    }
    assert [part.text for part in node.mapping().values()][:3] == ["1e-5", "5", "010"]


def test_places() -> None:
    root = parse_yaml("physics:\n  heat:\n    blocks: [metal, 'sei']\n", "f.yaml")
    blocks = root.mapping()["physics"].mapping()["heat"].mapping()["blocks"]
    second = blocks.sequence()[1]
    assert second.location == Location("f.yaml", 3, 21, "physics.heat.blocks[1]")
    assert second.at(1).column == 23  # past the quote
    assert root.mapping()["physics"].key("heat") == Location("f.yaml", 2, 3, "physics.heat")


def test_pipes_in_keys() -> None:
    root = parse_yaml("{metal | sei: {temperature: 1 K}}", "f.yaml")
    assert str(root.mapping()["metal | sei"].mapping()["temperature"].location) == (
        "f.yaml:1:29 metal | sei.temperature"
    )


def test_aliases_and_merge_keys() -> None:
    root = parse_yaml("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: {<<: [{p: 4}, *x]}\nd: *x", "f.yaml")
    plain = root.plain()
    assert plain["b"] == {"p": 1, "q": 3}
    assert plain["c"] == {"p": 4, "q": 2}
    assert plain["d"] == {"p": 1, "q": 2}
    assert str(root.mapping()["d"].mapping()["p"].location) == "f.yaml:1:11 d.p"


def test_accessors_say_what_they_found() -> None:
    root = parse_yaml("a: [1]\nb: {}\nc: long\nd:\ne: 5\nf: true", "f.yaml").mapping()
    for call, text in [
        (root["a"].mapping, "f.yaml:1:4 a: expected a mapping, got a list"),
        (root["b"].sequence, "f.yaml:2:4 b: expected a list, got a mapping"),
        (root["c"].mapping, "f.yaml:3:4 c: expected a mapping, got 'long'"),
        (root["d"].string, "f.yaml:4:3 d: expected text, got nothing"),
        (root["f"].string, "f.yaml:6:4 f: expected text, got 'true'"),
    ]:
        with pytest.raises(DeckError) as error:
            call()
        assert str(error.value) == text
    assert root["e"].string() == "5"


def test_without() -> None:
    node = parse_yaml("{a: 1, b: 2}", "f").without(["a", "c"])
    assert node.plain() == {"b": 2}
    assert list(node.keys) == ["b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 1\na: 2", "f.yaml:3:1 a: the key 'a' appears twice; first on line 1"),
        ("a:\n\tb: 1", "f.yaml:2:1: not valid YAML: a tab; indent with spaces"),
        ("a: [1", "f.yaml:1:6: not valid YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: b: c", "f.yaml:1:5: not valid YAML: mapping values are not allowed here"),
        ("a: *nope", "f.yaml:1:4: not valid YAML: found undefined alias 'nope'"),
        ("a: &b [*b]", "f.yaml:1:4 a[0]: an alias contains itself"),
        ("a: &b {<<: *b}", "f.yaml:1:4 a: an alias contains itself"),
        ("x: !!python/object:os.system {}", "f.yaml:1:4: not valid YAML: a deck has no tags (!)"),
        ("x: !!str 5", "f.yaml:1:4: not valid YAML: a deck has no tags (!)"),
        ("? [1]\n: 2", "f.yaml:1:3: a key is a word, not a list or a mapping"),
        ("? ~\n: 2", "f.yaml:1:3: a key is empty"),
        (
            "---\na\n---\nb",
            "f.yaml:3:1: not valid YAML: expected a single document in the stream, but found another document",
        ),
        ('"\\UFFFFFFFF"', "f.yaml:1:4: not valid YAML: a number out of range"),
        ("[" * 200, "f.yaml:1:101: not valid YAML: nested too deeply"),
        ("a: \x00", "f.yaml:1:4: not valid YAML: the character '\\x00'"),
        ('a: "\\ud800"', "f.yaml:1:4 a: not valid YAML: the character '\\ud800'"),
        ("<<: 3", "f.yaml:1:5: expected a mapping to merge, got '3'"),
    ],
)
def test_messages(text: str, expected: str) -> None:
    assert message(text) == expected


def test_alias_bombs_are_refused() -> None:
    rows = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert message("\n".join(["a0: &a0 [1]", *rows])).endswith("more than 100000 values; do aliases multiply?")


def test_plain_data_and_back() -> None:
    data = {"a": {"b": [1, 2.5, 1e-5, "x: y", True, None, "1e5"]}}
    assert from_plain(data, "d").plain() == data
    assert from_plain({"a": (True, 5)}, "d").mapping()["a"].sequence()[0].text == "true"
    with pytest.raises(DeckError) as error:
        from_plain({"a": [object()]}, "d")
    assert str(error.value) == "d:1:1 a[0]: expected plain data, got an object of type object"
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(DeckError, match="nested too deeply"):
        from_plain(loop, "d")


def test_numbers_of_numpy_are_numbers() -> None:
    node = from_plain({"n": np.arange(3)[2], "x": np.float32(0.5), "flag": True}, "d")
    found = {name: part.value for name, part in node.mapping().items()}
    assert found == {"n": 2, "x": 0.5, "flag": True} and [type(v) for v in found.values()] == [int, float, bool]
