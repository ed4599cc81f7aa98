"""Sweeps: many cases of one deck, run over processes, resumed, tabulated and drawn."""

from trona.sweep.cases import Case, Sweep, read_sweep
from trona.sweep.check import check_sweep
from trona.sweep.run import run_sweep
from trona.sweep.table import CaseResult, SweepTable

__all__ = ["Case", "CaseResult", "Sweep", "SweepTable", "check_sweep", "read_sweep", "run_sweep"]
