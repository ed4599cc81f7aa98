"""The page of a sweep, and the way from it to the pages of its cases."""

from __future__ import annotations

import json
from pathlib import Path

from run_folders import HOSTILE, written

from trona.page import page, write_page


def sweep(path: Path) -> Path:
    """The folder of a sweep of two cases, of which one has failed."""
    written(path / "cases/0001", n=2, steps=1)
    written(path / "cases/0002", n=2, steps=1, end="failed: no")
    (path / "sweep.csv").write_text(
        "case,status,A [um],theta [1],message\n1,finished,1,1.5,\n2,failed,2,,it diverged\n", encoding="utf-8"
    )
    (path / "sweep.json").write_text(json.dumps({"cases": {"0001": {}, "0002": {}}, "started": "2026-01-02T03:04:05"}))
    (path / "deck.yaml").write_text(f'title: "a sweep {HOSTILE}"\n', encoding="utf-8")
    return path


def test_a_sweep_leads_to_its_cases(tmp_path: Path) -> None:
    folder = sweep(tmp_path / "sweep")
    content = page(folder).decode()
    assert "finished: 1 of 2 failed" in content and "A [µm]" in content and "nan" not in content
    assert "<script>alert" not in content and "class=marked" in content and "it diverged" in content
    assert 'href="cases' not in content
    write_page(folder / "cases/0001")
    assert page(folder).decode().count('href="cases/0001/report.html"') == 1
    assert write_page(folder) == folder / "report.html"
