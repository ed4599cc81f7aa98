"""Diagnosis: why a solve failed, and where a solution leaves the range of the data behind it."""

from trona.diagnosis.conflicts import conflicts
from trona.diagnosis.diagnose import diagnose
from trona.diagnosis.report import Diagnosis, Finding, Table

__all__ = ["Diagnosis", "Finding", "Table", "conflicts", "diagnose"]
