"""The command line: `trona run | check | explain | plugins | schema`."""

from trona.cli.main import main

__all__ = ["main"]
