"""The command line: `trona COMMAND`; `trona --help` lists the commands."""

from trona.cli.main import main

__all__ = ["main"]
