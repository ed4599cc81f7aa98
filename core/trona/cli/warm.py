"""`trona warm`."""

from __future__ import annotations

import argparse

from trona.cli.ranks import Ranks
from trona.problem.start import prepare_environment


def warm(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Compile all that a run of a deck needs, and print 'ok'; of a sweep, what its first case needs."""
    prepare_environment()
    from trona.deck import read_deck
    from trona.model import compose
    from trona.record import make_reporter
    from trona.session.warm import warm as compile_all
    from trona.settings import read_settings

    deck = read_deck(arguments.deck, arguments.overrides, allow_petsc=arguments.allow_petsc)
    if deck.section("sweep") is not None:
        from trona.sweep import check_sweep, read_sweep

        sweep = read_sweep(deck)
        check_sweep(sweep)
        deck = sweep.case_deck(sweep.cases[0])
    model = compose(deck)
    settings = read_settings(model)
    reporter = make_reporter(quiet=arguments.quiet or not ranks.first)
    reporter.begin(f"kernels of {deck.name}", None)
    compile_all(model, settings, reporter)
    reporter.end("ok")
    return 0
