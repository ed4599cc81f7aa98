"""The command line: `trona run | check | verify | explain | plugins | schema | new-plugin`."""

from trona.cli.main import main

__all__ = ["main"]
