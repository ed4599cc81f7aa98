"""Gmsh's MSH files, versions 2 and 4.1, ASCII and binary, as a `RawMesh`.

The format is described in the gmsh manual, 'MSH file format'. meshio's reader is not used: it keeps one
group per element, one dimension per name and no group without a name, so that mistakes in a mesh would go
unnoticed, and it cannot read a 4.1 file in which only some elements are in a group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trona.mesh.msh_section import Section
from trona.mesh.raw import GMSH_ENTITY, Floats, Ints, RawMesh, RefusedError, check_names, merged_groups

_SIMPLEX_DIM = {15: 0, 1: 1, 2: 2, 4: 3}
_NO_SIMPLEX = {3: "quadrangles", 5: "hexahedra", 6: "prisms", 7: "pyramids"}
_LAST_TYPE = 140
_EXAMPLE = ("corner", "top", "upper", "upper")
_NAME = re.compile(r'\s*([0-3])\s+(\d+)\s+"(.*)"\s*')
_HEADER = re.compile(rb"\$MeshFormat\s+([\d.]+)\s+([01])\s+(\d+)[ \t]*\r?\n")
_OPENING = re.compile(rb"^\$(\w+)[ \t]*\r?\n", re.MULTILINE)
_RESAVE = "which is not read; save it from gmsh as version 4.1"

_Names = dict[tuple[int, int], str]  # (dimension, physical tag) -> name


@dataclass(frozen=True)
class _Chunk:
    """Elements of one dimension: node tags (m, dim + 1), physical tags (m, any number; 0 = none)."""

    dim: int
    nodes: Ints
    physical: Ints


def is_msh(raw: bytes) -> bool:
    """Whether the content begins like an MSH file."""
    return raw.lstrip()[:200].startswith((b"$MeshFormat", b"$Comments", b"$NOD"))


def read_msh(raw: bytes) -> RawMesh:
    """Parse the content of an MSH file.

    Raises `RefusedError` for valid content that cannot be used, another exception for invalid content.
    """
    if raw.lstrip().startswith(b"$NOD"):
        raise RefusedError(f"the file is in MSH format 1, {_RESAVE}")
    start = raw.find(b"$MeshFormat")
    header = _HEADER.match(raw, max(start, 0))
    if header is None:
        raise ValueError("$MeshFormat cannot be understood")
    version, binary, size = header[1].decode(), header[2] == b"1", int(header[3])
    if version not in ("2", "2.1", "2.2", "4", "4.1"):
        raise RefusedError(f"the file is in MSH format {version}, {_RESAVE}")
    if size not in (4, 8):
        raise ValueError(f"the data size is {size}")
    order = "" if not binary else "<" if raw.startswith(b"\x01\0\0\0", header.end()) else ">"

    sections: dict[str, Section] = {}
    names: _Names = {}
    for name, begin, end in _sections(raw, header.start()):
        if name == "PhysicalNames":
            names = _physical_names(raw[begin:end].decode())
        elif name == "PartitionedEntities":
            raise RefusedError("the mesh is partitioned; save it from gmsh before it is partitioned")
        elif name == "ParametricNodes":
            raise RefusedError("the file has parametric nodes; save it from gmsh with Mesh.SaveParametric = 0")
        elif name in ("Entities", "Nodes", "Elements"):
            sections[name] = Section(name, raw[begin:end], order, size)
    missing = [name for name in ("Nodes", "Elements") if name not in sections]
    if missing:
        raise ValueError(f"there is no section ${missing[0]}")
    if version.startswith("2"):
        tags, points = sections["Nodes"].nodes(sections["Nodes"].announced())
        chunks = list(_elements_2(sections["Elements"], binary))
    else:
        tags, points = _nodes_4(sections["Nodes"])
        physical = _entities(sections["Entities"]) if "Entities" in sections else {}
        chunks = list(_elements_4(sections["Elements"], physical))
    return _assemble(tags, points, chunks, names)


def _sections(raw: bytes, start: int) -> Iterator[tuple[str, int, int]]:
    """Name, begin and end of the content of each section."""
    at = start
    while found := _OPENING.search(raw, at):
        closing = b"$End" + found[1]
        end = raw.find(closing, found.end())
        if end < 0:
            raise ValueError(f"section ${found[1].decode()} has no end: the file is cut short")
        yield found[1].decode(), found.end(), end
        at = end + len(closing)


def _physical_names(text: str) -> _Names:
    lines = [line for line in text.splitlines() if line.strip()]
    names: _Names = {}
    for line in lines[1:]:
        found = _NAME.fullmatch(line)
        if found is None:
            raise ValueError(f"the line {line!r} in $PhysicalNames is not understood")
        names[int(found[1]), int(found[2])] = found[3].strip()
    if len(names) != int(lines[0]):
        raise ValueError("$PhysicalNames has a different number of names than it announces")
    return names


def _simplex(gmsh_type: int) -> int:
    """Return the dimension of a simplex of order 1; refuse all other elements."""
    if gmsh_type in _SIMPLEX_DIM:
        return _SIMPLEX_DIM[gmsh_type]
    if gmsh_type in _NO_SIMPLEX:
        raise RefusedError(
            f"the mesh has {_NO_SIMPLEX[gmsh_type]}, but only simplices are read; mesh without Recombine"
        )
    if 0 < gmsh_type <= _LAST_TYPE:
        raise RefusedError("the mesh has elements of higher order; set Mesh.ElementOrder = 1 in gmsh")
    raise ValueError("an element is of an unknown type")


def _elements_2(section: Section, binary: bool) -> Iterator[_Chunk]:
    # A row is: number, type, number of tags, tags, nodes. A binary file has headers of type, count and number
    # of tags, each before `count` times: number, tags, nodes. The first tag is the physical one.
    left = section.announced()
    while left > 0:
        head = [int(x) for x in section.peek(3)]
        gmsh_type, count, num_tags = head if binary else (head[1], 1, head[2])
        dim = _simplex(gmsh_type)
        if not 0 < count <= left or num_tags < 0:
            raise ValueError("section $Elements is not understood")
        if count > 1:
            section.take("i", 3)
            table = section.take("i", count * (2 + num_tags + dim)).reshape(count, -1)[:, 1:]
        else:
            # gmsh writes one header per element; equal headers are read together, for speed.
            before = 4 if binary else 3
            width = before + num_tags + dim + 1
            rows = section.peek(width * max(1, min(left, section.left // width))).reshape(-1, width)
            count = _run(rows[:, :3] if binary else rows[:, 1:3])
            table = section.take("i", count * width).reshape(count, width)[:, before:]
        yield _Chunk(dim, table[:, num_tags:], np.abs(table[:, : min(num_tags, 1)]))
        left -= count


def _run(rows: NDArray[Any]) -> int:
    """Return the number of rows equal to the first one. Later rows may be invalid (another width)."""
    size = 64
    while True:
        same = (rows[:size] == rows[0]).all(axis=1)
        if not same.all():
            return int(np.argmin(same))
        if size >= len(rows):
            return len(rows)
        size *= 4


def _entities(section: Section) -> dict[tuple[int, int], Ints]:
    """Physical tags by dimension and tag of the entity."""
    physical: dict[tuple[int, int], Ints] = {}
    for dim, count in enumerate(section.take("u", 4)):
        for _ in range(int(count)):
            tag = section.one("i")
            section.take("d", 3 if dim == 0 else 6)  # bounding box
            # A negative tag means that the orientation of the entity is reversed in its group.
            physical[dim, tag] = np.abs(section.take("i", section.one("u")))
            if dim > 0:
                section.take("i", section.one("u"))  # bounding entities
    return physical


def _nodes_4(section: Section) -> tuple[Ints, Floats]:
    blocks = section.one("u")
    section.take("u", 3)
    tags, points = [np.empty(0, dtype=np.int64)], [np.empty((0, 3))]
    for _ in range(blocks):
        dim, _tag, parametric = section.take("i", 3)
        count = section.one("u")
        tags.append(section.take("u", count))
        width = 3 + (int(dim) if parametric else 0)
        points.append(section.take("d", count * width).reshape(count, width)[:, :3])
    return np.concatenate(tags), np.concatenate(points)


def _elements_4(section: Section, physical: dict[tuple[int, int], Ints]) -> Iterator[_Chunk]:
    blocks = section.one("u")
    section.take("u", 3)
    for _ in range(blocks):
        entity_dim, tag, gmsh_type = (int(x) for x in section.take("i", 3))
        count = section.one("u")
        dim = _simplex(gmsh_type)
        table = section.take("u", count * (2 + dim)).reshape(count, 2 + dim)
        groups = physical.get((entity_dim, tag), np.empty(0, dtype=np.int64))
        yield _Chunk(dim, table[:, 1:], np.broadcast_to(groups, (count, len(groups))))


def _assemble(tags: Ints, points: Floats, chunks: list[_Chunk], names: _Names) -> RawMesh:
    order = np.argsort(tags, kind="stable")
    tags, points = tags[order], points[order]
    if len(tags) == 0 or (np.diff(tags) == 0).any():
        raise ValueError("there are no nodes, or two nodes of the same number")
    check_names([(dim, name) for (dim, _), name in names.items() if name])

    elements: dict[int, Ints] = {}
    members: dict[tuple[int, int], list[Ints]] = {}
    for dim in sorted({chunk.dim for chunk in chunks}):
        parts = [chunk for chunk in chunks if chunk.dim == dim]
        nodes = np.concatenate([chunk.nodes for chunk in parts])
        elements[dim] = np.searchsorted(tags, nodes)
        if not (tags[np.minimum(elements[dim], len(tags) - 1)] == nodes).all():
            raise ValueError("an element uses a node that is not in the file")
        first = 0
        for chunk in parts:
            for column in chunk.physical.T:
                for tag in np.unique(column[column != 0]):
                    members.setdefault((dim, int(tag)), []).append(first + np.flatnonzero(column == tag))
            first += len(chunk.nodes)
    _check_named(members, names, max(elements, default=0))
    empty = np.empty(0, dtype=np.int64)
    point_terms = [
        (name, dim, np.concatenate([empty, *members.get((dim, tag), [])])) for (dim, tag), name in names.items()
    ]
    return RawMesh(points, elements, merged_groups([part for part in point_terms if part[0]]))


def _check_named(members: dict[tuple[int, int], list[Ints]], names: _Names, cell_dim: int) -> None:
    if members and not any(names.values()):
        raise RefusedError(
            "the physical groups of the mesh have no names; name them in gmsh, for instance "
            'Physical Surface("upper") = {...}'
        )
    for dim, tag in members:
        if dim >= cell_dim - 1 and not names.get((dim, tag)):
            raise RefusedError(
                f"physical group {tag} of dimension {dim} has no name; name it in gmsh: "
                f'Physical {GMSH_ENTITY[dim]}("{_EXAMPLE[dim]}") = {{...}}'
            )
