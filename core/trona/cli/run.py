"""`trona run`."""

from __future__ import annotations

import argparse

from trona.cli.ranks import Ranks
from trona.problem.start import prepare_environment
from trona.session.run import run as run_deck


def run(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Solve a deck and write its results."""
    prepare_environment()
    from trona.record import make_reporter

    reporter = make_reporter(quiet=True) if arguments.quiet or not ranks.first else None
    run_deck(
        arguments.deck,
        directory=arguments.output,
        overrides=arguments.overrides,
        reporter=reporter,
        restart=arguments.restart,
        allow_petsc=arguments.allow_petsc,
        profile=arguments.profile,
        page=True,
        live=arguments.live,
    )
    return 0
