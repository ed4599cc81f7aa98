from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trona.errors import MeshError
from trona.mesh import MeshData, read_mesh

MESHES = Path(__file__).parents[2] / "meshes"
sys.path.append(str(MESHES))


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., MeshData]:
    """Read MSH text in mm and expect no warning."""

    def read_text(text: str) -> MeshData:
        (tmp_path / "a.msh").write_text(text)
        mesh, warnings = read_mesh(tmp_path / "a.msh", 1e-3)
        assert warnings == []
        return mesh

    return read_text


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[[str | bytes], str]:
    """The message, without the file's name in front, with which a file of this content is refused."""

    def message(content: str | bytes) -> str:
        path = tmp_path / "a.msh"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(MeshError) as caught:
            read_mesh(path, 1e-3)
        assert caught.value.file == str(path)
        text = str(caught.value)
        assert text.startswith(f"{path}: ")
        return text.removeprefix(f"{path}: ")

    return message
