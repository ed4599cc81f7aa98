"""Random damage to a deck is either harmless or a mistake told in words: never a traceback, never a hang."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from work import counted

from trona.cli import main
from trona.deck.source import parse_yaml
from trona.model import read_mesh

DECKS = 500
MOST = 30  # times the work that the undamaged deck takes, for one deck

# What may stand where a value stood: other types, other units, numbers beyond all bounds, odd text.
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    10**30,
    1e308,
    -1e-308,
    float("inf"),
    float("nan"),
    "",
    " ",
    "~",
    [],
    {},
    [None],
    [[]],
    {"": 1},
    "1 V",
    "25 degC",
    "-300 degC",
    "1e400 A/m^2",
    "1/0 s",
    "0 s",
    "t",
    "x",
    "exp(1e9)",
    "sqrt(-1) K",
    "1e-400 K",
    "metal",
    "metal | sei",
    "a | b | c",
    "|",
    "top",
    "../..",
    "/",
    "\x07",
    "é" * 300,
    "A" * 20_000,
    "(" * 200,
    "[" * 200,
    "1 m" * 50,
    "$ref",
    "{table: 1}",
    "temperature",
    "9" * 400 + " K",
    "0.1 mA/cm^2 * (t / 1 s)^1e9",
    {"table": [["0 s", "1 A/m^2"]], "of": "t"},
    {"use": "sodium"},
    {"value": {"value": 1}},
    list(range(1000)),
)
WORDS = (
    "temperature",
    "charge",
    "energy",
    "metal",
    "film",
    "x",
    "use",
    "<<",
    "of",
    "",
    "reduce",
    "at",
    "blocks",
    "null",
)


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every container of a tree with each of its keys."""
    found: list[tuple[Any, Any]] = []
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
        found.append((tree, key))
        if isinstance(tree[key], dict | list):
            found += _places(tree[key])
    return found


def _drop(tree: Any, pick: random.Random) -> None:
    container, key = pick.choice(_places(tree))
    del container[key]


def _replace(tree: Any, pick: random.Random) -> None:
    container, key = pick.choice(_places(tree))
    container[key] = pick.choice(VALUES)


def _rename(tree: Any, pick: random.Random) -> None:
    container, key = pick.choice([(c, k) for c, k in _places(tree) if isinstance(c, dict)])
    text = str(key)
    at = pick.randrange(len(text) + 1)
    container[pick.choice((*WORDS, text[:at] + text[at + 1 :], text[:at] + "q" + text[at:]))] = container.pop(key)


def _swap(tree: Any, pick: random.Random) -> None:
    (a, i), (b, k) = pick.choice(_places(tree)), pick.choice(_places(tree))
    # Copies: a part swapped into itself would make a tree without end.
    a[i], b[k] = yaml.safe_load(yaml.safe_dump(b[k])), yaml.safe_load(yaml.safe_dump(a[i]))


def _copy(tree: Any, pick: random.Random) -> None:
    (a, i), (b, _) = pick.choice(_places(tree)), pick.choice(_places(tree))
    value = yaml.safe_load(yaml.safe_dump(a[i]))
    if isinstance(b, dict):
        b[pick.choice(WORDS)] = value
    else:
        b.append(value)


def _wrap(tree: Any, pick: random.Random) -> None:
    container, key = pick.choice(_places(tree))
    for _ in range(pick.choice((1, 1, 1, 40))):
        container[key] = pick.choice(([container[key]], {"value": container[key]}))


def _unit(tree: Any, pick: random.Random) -> None:
    places = [(c, k) for c, k in _places(tree) if isinstance(c[k], str) and c[k][:1].isdigit()]
    container, key = pick.choice(places)
    number, _, unit = container[key].partition(" ")
    container[key] = pick.choice(
        (number, unit, f"-{number} {unit}", f"{number}e300 {unit}", f"{number} {unit}^2", f"{number} bar")
    )


TREE: tuple[Callable[[Any, random.Random], None], ...] = (_drop, _replace, _rename, _swap, _copy, _wrap, _unit)


def _damaged_text(text: str, pick: random.Random) -> str:
    characters = list(text)
    for _ in range(pick.choice((1, 2, 5, 30))):
        at = pick.randrange(len(characters))
        match pick.randrange(4):
            case 0:
                del characters[at]
            case 1:
                characters[at] = pick.choice("{}[]:,|&*!%@`'\"#-?>~\t\n 0a\u2028é")
            case 2:
                characters.insert(at, pick.choice("{}[]:,|&*!%@`'\"#-?>~\t\n 0a"))
            case 3:
                other = pick.randrange(len(characters))
                characters[at], characters[other] = characters[other], characters[at]
    return "".join(characters)


def _damaged_lines(text: str, pick: random.Random) -> str:
    lines = text.splitlines()
    a, b = pick.randrange(len(lines)), pick.randrange(len(lines))
    match pick.randrange(3):
        case 0:
            lines.insert(a, lines[b])
        case 1:
            lines[a] = pick.choice(("  ", "    ", "")) + lines[a].lstrip()
        case 2:
            lines = lines[:a]
    return "\n".join(lines)


def damaged(text: str, seed: int) -> str:
    """A deck with one to three random mistakes."""
    pick = random.Random(seed)
    if seed % 5 == 0:
        return _damaged_text(text, pick)
    if seed % 5 == 1:
        return _damaged_lines(text, pick)
    tree = parse_yaml(text, "").plain()  # not PyYAML's reading, which takes the key 'on' for a boolean
    for _ in range(pick.choice((1, 1, 2, 3))):
        if len(_places(tree)) > 1:
            with suppress(IndexError):  # nothing of that kind is left
                pick.choice(TREE)(tree, pick)
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def test_damaged_decks(
    folder: Path, base: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read = lru_cache(read_mesh.read_mesh)
    monkeypatch.setattr(read_mesh, "read_mesh", lambda path, unit, location: read(path, unit, location=location))
    deck = folder / "deck.yaml"
    good = 0
    deck.write_text(base, encoding="utf-8")
    _, usual = counted(lambda: main(["check", "deck.yaml"]))
    capsys.readouterr()
    for seed in range(DECKS):
        deck.write_text(damaged(base, seed), encoding="utf-8", errors="surrogatepass")
        if seed % 5:
            code, work = main(["check", "deck.yaml"]), usual
        else:  # to count takes as long as to check
            code, work = counted(lambda: main(["check", "deck.yaml"]))
        out, err = capsys.readouterr()
        about = f"seed {seed}, exit code {code}: {err[-2000:]}"
        assert code in (0, 2), about
        assert work < MOST * usual, f"seed {seed}: {work / usual:.0f} times the usual work"
        if code == 0:
            good += 1
            assert out.endswith("ok\n") and not err, about
        else:
            assert err.strip() and "Traceback" not in err, about
            assert all(len(line) < 1000 for line in err.splitlines()), about
    # Damage that is always harmless, or never, would test nothing.
    assert 0.02 * DECKS < good < 0.7 * DECKS
