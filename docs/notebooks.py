"""Runs the notebooks of inputs/notebooks for the site: a hook of mkdocs, and what the tests call.

They are kept without outputs, beside the decks that people run. Copies with outputs are in docs/reference/notebooks;
one that is older than its notebook is made anew.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import nbclient
import nbformat

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "inputs/notebooks").glob("*.ipynb"))
COPIES = ROOT / "docs/reference/notebooks"
MOST = 600
"""Time in s that a cell may take, with kernels that must be compiled."""


def executed(path: Path, folder: Path) -> Any:
    """Return a notebook with its outputs, run in a folder. Raises CellExecutionError if a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": folder}}
    nbclient.NotebookClient(notebook, timeout=MOST, kernel_name="python3", resources=where).execute()
    return notebook


def on_pre_build(config: Any) -> None:
    """Make the copies that are missing or old."""
    # The set-up puts libraries into an environment below the one that runs, where Jupyter does not look for its files.
    os.environ.setdefault("JUPYTER_PATH", str(Path(nbformat.__file__).parents[4] / "share/jupyter"))
    COPIES.mkdir(parents=True, exist_ok=True)
    for path in NOTEBOOKS:
        copy = COPIES / path.name
        if not copy.exists() or copy.stat().st_mtime < path.stat().st_mtime:
            with tempfile.TemporaryDirectory() as folder:
                nbformat.write(executed(path, Path(folder)), copy)
