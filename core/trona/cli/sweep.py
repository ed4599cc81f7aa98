"""`trona sweep`."""

from __future__ import annotations

import argparse

from trona.cli.ranks import Ranks
from trona.errors import UserError


def sweep(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Run all cases of a deck; exit code 1 if one failed."""
    if ranks.size > 1:
        raise UserError(
            "trona sweep starts its own processes: call it without mpiexec, with --processes N and --ranks N"
        )
    from trona.sweep import run_sweep
    from trona.sweep.reporters import make_sweep_reporter

    table = run_sweep(
        arguments.deck,
        directory=arguments.output,
        overrides=arguments.overrides,
        processes=arguments.processes,
        ranks=arguments.ranks,
        engine=arguments.engine,
        retry_failed=arguments.retry_failed,
        allow_petsc=arguments.allow_petsc,
        reporter=make_sweep_reporter(quiet=arguments.quiet),
        page=True,
    )
    return 1 if table.failed else 0
