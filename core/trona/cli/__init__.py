"""The command line: `trona run | check | verify | explain | plugins | schema | new-plugin | doctor`."""

from trona.cli.main import main

__all__ = ["main"]
