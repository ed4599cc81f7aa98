"""What the mesh scripts share: one gmsh session, named groups, and the options of the output file."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import gmsh
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@contextmanager
def session(
    output: Path, version: float = 4.1, binary: bool = False, finish: Callable[[], None] | None = None
) -> Iterator[None]:
    """A silent gmsh session that meshes what the body builds, calls `finish`, and writes `output`."""
    gmsh.initialize([], readConfigFiles=False, interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("Mesh.MshFileVersion", version)
        gmsh.option.setNumber("Mesh.Binary", int(binary))
        yield
        gmsh.model.mesh.generate(max(dim for dim, _ in gmsh.model.getPhysicalGroups()))
        if finish is not None:
            finish()
        gmsh.write(str(output))
    finally:
        gmsh.finalize()


def name_groups(dim: int, groups: Mapping[str, Sequence[int]]) -> None:
    """Make one physical group of dimension `dim` per name from tags of entities."""
    for name, tags in groups.items():
        gmsh.model.addPhysicalGroup(dim, list(tags), name=name)


def move_nodes(move: Callable[[Array], Array]) -> None:
    """Move all nodes from their places, (nodes, 3), to those that `move` returns."""
    tags, places, _ = gmsh.model.mesh.getNodes()
    for tag, place in zip(tags, move(places.reshape(-1, 3)), strict=True):
        gmsh.model.mesh.setNode(tag, place, [])


def positive(text: str) -> float:
    """An argparse type: a number above zero."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above zero, got {text}")
    return value


def not_negative(text: str) -> float:
    """An argparse type: zero or a number above it."""
    return 0.0 if float(text) == 0 else positive(text)


def add_output_options(parser: argparse.ArgumentParser, default: Path) -> None:
    """The options of the file that is written."""
    parser.add_argument("-o", "--output", type=Path, default=default, help="the file to write (default: %(default)s)")
    parser.add_argument("--msh-version", type=float, choices=(2.2, 4.1), default=4.1, help="version of the MSH format")
    parser.add_argument("--binary", action="store_true", help="write a binary file")
