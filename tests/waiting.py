"""Waiting for processes that tests start and kill."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def until(condition: Callable[[], bool]) -> None:
    """Look again and again; a machine that is busy makes it slow, not wrong."""
    for _ in range(20_000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it never came about")


def alive(pid: int) -> bool:
    """Does it run? What has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
