"""The package written by `trona new-plugin`, from templates in `files/` in which {{...}} is replaced."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from trona.errors import UserError

LONGEST = 30

_TARGETS = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "page.md.txt": "docs/{{name}}.md",
    "package.py.txt": "src/{{package}}/__init__.py",
    "physics.py.txt": "src/{{package}}/{{name}}.py",
    "references.bib.txt": "src/{{package}}/references.bib",
    "material.yaml.txt": "src/{{package}}/materials/{{name}}_medium.yaml",
    "example.yaml.txt": "src/{{package}}/conformance/{{name}}.yaml",
    "tests.py.txt": "tests/test_{{name}}.py",
}
"""The path of each template in the package."""


def new_package(name: str, folder: Path | None = None) -> list[Path]:
    """Write a package with the physics `name`, and return its files, the first in the folder of the package.

    folder: by default `trona-NAME` in the current folder; it must be empty or not exist.
    Raises UserError for an invalid name or a folder that cannot be used.
    """
    _check_name(name)
    package, distribution = f"trona_{name}", f"trona-{name.replace('_', '-')}"
    words = {
        "name": name,
        "package": package,
        "distribution": distribution,
        "class": "".join(part.capitalize() for part in name.split("_")),
        "title": name.replace("_", " ").capitalize(),
    }
    root = Path(distribution) if folder is None else folder
    written = []
    try:
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise UserError(
                f"trona new-plugin: '{root}' already exists and is not an empty folder; choose another with -o"
            )
        for template, target in _TARGETS.items():
            text = files(__package__).joinpath("files", template).read_text(encoding="utf-8")
            path = root / _filled(target, words)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_filled(text, words), encoding="utf-8")
            written.append(path)
        typed = root / "src" / package / "py.typed"
        typed.touch()
    except OSError as error:
        raise UserError(f"trona new-plugin: cannot write to '{root}': {error.strerror or error}") from None
    return [*written, typed]


def _filled(text: str, words: dict[str, str]) -> str:
    for key, value in words.items():
        text = text.replace("{{" + key + "}}", value)
    return text


def _check_name(name: str) -> None:
    """Refuse a name that is not valid for a Python module, or that is already taken."""
    from trona.model import registry

    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or keyword.iskeyword(name) or len(name) > LONGEST:
        better = re.sub(r"\W+|__+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).lower()[:LONGEST]
        better = better.strip("_0123456789")
        near = f"; nearest: {better}" if better.isascii() and better.isidentifier() and better != name else ""
        raise UserError(
            f"trona new-plugin: '{name}' is not a valid plugin name: use at most {LONGEST} lower-case letters, digits "
            f"and single '_', a letter first, and no Python keyword{near}"
        )
    installed = registry()
    if name in {**installed.physics, **installed.forms, **installed.reductions}:
        raise UserError(f"trona new-plugin: the name '{name}' is taken by {installed.origin(name)}")
    if find_spec(f"trona_{name}") is not None:
        raise UserError(f"trona new-plugin: a package trona_{name} is installed already; take another name")
    for other in installed.physics.values():
        for declared in other.provides:
            if declared.name in (name, f"{name}_concentration"):
                raise UserError(f"trona new-plugin: {other.name} provides '{declared.name}' already; take another name")
