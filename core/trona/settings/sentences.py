"""Steps of a protocol that are written as sentences, translated into the mappings that they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import yaml

from trona.deck import Node, OptionContext
from trona.deck.options import collect
from trona.errors import hint
from trona.model.sections import entries_of
from trona.settings.protocol_options import SIDES, VERB

if TYPE_CHECKING:
    from trona.deck import OptionValues

_FORM = "a sentence is 'VERB [at VALUE] [for DURATION] [[or] until LIMIT [or LIMIT]]'"
_KEYWORD = re.compile(r"\s+(?:or\s+)?(at|for|until)\s+|\s+(or)\s+", re.IGNORECASE)
_COMPARED = re.compile(rf"(.+?)\s+({'|'.join(SIDES)}|reaches)\s+(.+)")
_OPEN = re.compile(r"\bvalue\b")
_DURATION = re.compile(r"(.*\d)\s*(seconds?|minutes?|hours?)")
_SPELT = re.compile(r"(\d[\d.]*)\s*(seconds?|minutes?|min|hours?|s|h)(?![A-Za-z])(?:\s+and\b)?\s*")
_UNITS = {"s": "s", "m": "min", "h": "h"}


class Sentences:
    """Translates the sentences of one protocol.

    verbs: the node of the declared verbs. Each is a step without a name, in which `value` stands for what the sentence
    gives: in `set` the value after `at`, in `until` the limit that is given as a value alone.
    """

    def __init__(self, verbs: Node | None) -> None:
        self._verbs: dict[str, OptionValues] = {}
        self.translated: dict[str, Node] = {}
        """The steps that sentences stand for, by sentence."""
        for name, node in entries_of(verbs).items():
            assert verbs is not None
            if not name.isidentifier() or name != name.lower():
                raise node.error(f"'{name}' is not a verb: use letters, digits and '_', all lower-case")
            self._verbs[name] = VERB.read(node, OptionContext())
            _check(name, entries_of(self._verbs[name].given.get("until")))

    @property
    def verbs(self) -> Mapping[str, OptionValues]:
        """The declared verbs by name."""
        return self._verbs

    def within(self, steps: Node) -> Node:
        """Return a list of steps and loops in which all sentences are translated. Raises UserError."""
        return replace(steps, value=collect(partial(self._item, node) for node in steps.sequence()))

    def plain(self) -> dict[str, str]:
        """Return what the sentences stand for, as a deck would have it, by sentence."""
        return {sentence: _flow(step) for sentence, step in self.translated.items()}

    def _item(self, node: Node) -> Node:
        if isinstance(node.value, str):
            step = self.translated[node.value] = self._step(node)
            return step
        if not isinstance(node.value, dict):
            raise node.error(f"expected a step, a loop or a sentence, got {node.kind}")
        if not isinstance(entries_of(node).get("steps", node).value, list):
            return node
        return replace(node, value={**node.value, "steps": self.within(node.value["steps"])})

    def _step(self, node: Node) -> Node:
        words = _KEYWORD.split(" ".join(node.string().split()).rstrip(". "))
        name = str(words[0]).lower()
        if name not in self._verbs:
            known = hint(name, self._verbs) if self._verbs else ""
            raise node.error(f"no verb '{words[0]}'{known}; declare it in protocol.verbs; {_FORM}")
        verb, parts = self._verbs[name].given, _parts(node, words[1:])
        value = parts.pop(0)[1] if parts and parts[0][0] == "at" else None
        entries = {"name": _scalar(node, name)}
        settings = entries_of(verb.get("set"))
        needs = any(map(_is_open, settings.values()))
        if needs != (value is not None):
            fault = "'at VALUE' is missing" if needs else f"'at {value}' has no place"
            raise node.error(f"{fault}: '{name}' sets {'the' if needs else 'no'} value")
        if settings:
            entries["set"] = _mapping(node, {key: _filled(node, entry, value or "") for key, entry in settings.items()})
        opened, until = _parted(entries_of(verb.get("until")))
        for keyword, chunk in parts:
            limit = _duration(node, chunk) if keyword == "for" else _limit(node, chunk, opened, name)
            for key, part in limit.items():
                until[key] = _both(node, key, until[key], part) if key in until else part
        entries["until"] = _mapping(node, until)
        return _mapping(node, {**entries, **({"step": verb["step"]} if "step" in verb else {})})


def _check(name: str, until: Mapping[str, Node]) -> None:
    """Refuse limits of a verb that a step cannot have, or that a sentence cannot fill."""
    for limit in until.values():
        if isinstance(limit.value, dict) and not set() < set(limit.value) <= set(SIDES):
            raise limit.error(f"a limit is {{above: VALUE}}, {{below: VALUE}} or both, got {limit.kind}")
    opened, _ = _parted(until)
    if len(opened) > 1:
        several = " and ".join(f"'{key}'" for key in opened)
        text = f"'{name}' leaves several limits open, {several}; a sentence can give one"
        raise next(iter(opened.values())).error(text)


def _flow(step: Node) -> str:
    return str(yaml.safe_dump(step.plain(), default_flow_style=True, sort_keys=False, width=1000)).strip()


def _parts(node: Node, words: list[str | None]) -> list[tuple[str, str]]:
    """Return the keywords of a sentence, each with what follows it, `or` as the `until` that it repeats.

    words: as the pattern of the keywords splits a sentence, without the verb.
    """
    found: list[tuple[str, str]] = []
    for written, again, chunk in zip(words[::3], words[1::3], words[2::3], strict=True):
        keyword = (written or "").lower()
        if again and (not found or found[-1][0] != "until"):
            raise node.error(f"after 'or' comes 'for' or 'until' here; {_FORM}")
        if keyword == "at" and found:
            raise node.error(f"'at' stands once, behind the verb; {_FORM}")
        found.append((keyword or "until", chunk or ""))
    return found


def _parted(until: Mapping[str, Node]) -> tuple[dict[str, Node], dict[str, Node]]:
    """Return the limits of a verb that leave the value to the sentence, and those that always hold."""
    opened, fixed = dict[str, Node](), dict[str, Node]()
    for key, node in until.items():
        if not isinstance(node.value, dict):
            (opened if _is_open(node) else fixed)[key] = node
            continue
        open_sides = [side for side, part in node.value.items() if _is_open(part)]
        for found, sides in ((opened, open_sides), (fixed, [side for side in node.value if side not in open_sides])):
            if sides:
                found[key] = node.without(set(node.value) - set(sides))
    return opened, fixed


def _is_open(node: Node) -> bool:
    """Whether a part of a verb, such as a table, leaves a value to the sentence."""
    if isinstance(node.value, dict | list):
        return any(map(_is_open, node.value.values() if isinstance(node.value, dict) else node.value))
    return _OPEN.search(node.text) is not None


def _both(node: Node, key: str, one: Node, other: Node) -> Node:
    """Return two limits on one output as one with both sides."""
    sides = [part.value if isinstance(part.value, dict) else {} for part in (one, other)]
    if not sides[0] or not sides[1] or sides[0].keys() & sides[1].keys():
        raise node.error(f"the step has two limits on '{key}'; it may have one above and one below")
    return _mapping(node, {**sides[0], **sides[1]})


def _duration(node: Node, text: str) -> dict[str, Node]:
    """Return the limit on the time: `1 hour 30 minutes`, a quantity or an expression, whose unit may be a word."""
    parts = _SPELT.findall(text)
    if len(parts) > 1 and not _SPELT.sub("", text):
        return {"time": _scalar(node, " + ".join(f"{number} {_UNITS[unit[0]]}" for number, unit in parts))}
    spelt = _DURATION.fullmatch(text)
    return {"time": _scalar(node, f"{spelt[1]} {_UNITS[spelt[2][0]]}" if spelt else text)}


def _limit(node: Node, text: str, opened: Mapping[str, Node], verb: str) -> dict[str, Node]:
    compared = _COMPARED.fullmatch(text)
    if compared:
        name, side, value = compared.groups()
        limit = _scalar(node, value)
        return {name: limit if side == "reaches" else _mapping(node, {side: limit})}
    if len(opened) != 1:
        ways = f"'NAME {SIDES[0]} VALUE', 'NAME {SIDES[1]} VALUE' or 'NAME reaches VALUE'"
        raise node.error(f"'until {text}' does not say of what: '{verb}' leaves no limit open; write {ways}")
    ((name, limit),) = opened.items()
    return {name: _filled(node, limit, text)}


def _filled(node: Node, part: Node, value: str) -> Node:
    """Return a part of a verb with the value of a sentence in it, which messages then locate in the sentence."""
    if isinstance(part.value, dict):
        return replace(part, value={key: _filled(node, each, value) for key, each in part.value.items()})
    if isinstance(part.value, list):
        return replace(part, value=[_filled(node, each, value) for each in part.value])
    if not _OPEN.search(part.text):
        return part
    return _scalar(node, value if part.text.strip() == "value" else _OPEN.sub(lambda _: f"({value})", part.text))


def _scalar(node: Node, text: str) -> Node:
    return replace(node, value=text, text=text, inset=None)


def _mapping(node: Node, entries: dict[str, Node]) -> Node:
    return replace(node, value=entries, text="", keys=dict.fromkeys(entries, node.location), inset=None)
