"""What a plugin is written with: frozen here, so that a change of it is a decision, with a new version."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import trona.plugin
from trona.errors import TronaError
from trona.model.loading import API, check_api

FACE = Path(__file__).parents[1] / "data" / "public_face.txt"


def members(cls: type) -> list[str]:
    """The public members of a class, those that it inherits from trona's own among them, with their signatures."""
    found = []
    for name, member in inspect.getmembers(cls):
        owner = next((base for base in cls.__mro__ if name in vars(base)), object)
        if name.startswith("_") or not owner.__module__.startswith("trona."):
            continue
        if isinstance(member, property):
            found.append(f"{name}: {inspect.signature(member.fget).return_annotation}")  # type: ignore[arg-type]
        elif callable(member):
            found.append(f"{name}{inspect.signature(member)}")
        else:
            found.append(name)
    return found


def signature(cls: type) -> str:
    try:
        return str(inspect.signature(cls))
    except ValueError:  # that of an exception is Python's own
        return ""


def face() -> list[str]:
    """One line for each name that `trona.plugin` exports, and for each member of its classes."""
    lines = [f"version {API[0]}.{API[1]}"]
    for name in sorted(trona.plugin.__all__):
        value = getattr(trona.plugin, name)
        own = getattr(value, "__module__", "").startswith("trona.")
        if own and inspect.isclass(value):
            lines.append(f"class {name}{signature(value)}")
            lines += [f"    {member}" for member in members(value)]
        elif own and inspect.isfunction(value):
            lines.append(f"{name}{inspect.signature(value)}")
        else:
            lines.append(name)
    return lines


def test_the_face_is_frozen() -> None:
    """To change it: raise `API`, tell it in the changelog, and write the new face to tests/data/public_face.txt."""
    assert "\n".join(face()) + "\n" == FACE.read_text(encoding="utf-8")


def test_signatures_say_what_they_take() -> None:
    """No `Any` where a plugin's author looks, but for the options and tuples that are declared of any type."""
    classes = (
        "Contribution",
        "Account",
        "InterfaceLaw",
        "BoundaryLaw",
        "Trace",
        "ModelView",
        "Physics",
        "PropertyForm",
    )
    for name in classes:
        for member in members(getattr(trona.plugin, name)):
            if not member.startswith("declared_options"):
                assert "Any" not in member, f"{name}.{member}"


@pytest.mark.parametrize("asked", ["1.0", "1.9", "1.11"])
def test_versions_that_are_met(asked: str) -> None:
    check_api(asked)


@pytest.mark.parametrize("asked", ["2.0", "0.9", "1.12"])
def test_versions_that_are_not(asked: str) -> None:
    with pytest.raises(TronaError, match=rf"it is written for version {asked} of trona\.plugin, but this is 1\.11"):
        check_api(asked)


@pytest.mark.parametrize("asked", ["1", "one", "", None, 1.0])
def test_what_is_no_version(asked: object) -> None:
    with pytest.raises(TronaError, match=r"but a version is written '1\.11'"):
        check_api(asked)
