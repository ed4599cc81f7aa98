"""Diagnosis: why a solve failed, and where a solution leaves the range of validity of its data."""

from trona.diagnosis.examination import diagnose
from trona.diagnosis.report import Diagnosis, Finding, Table
from trona.diagnosis.watch import Watch

__all__ = ["Diagnosis", "Finding", "Table", "Watch", "diagnose"]
