"""The files of a run: tables, field files, pictures, log, audit and summary."""

from trona.record.accepted import Accepted
from trona.record.checkpoint import Checkpoints, encode, piece_names, read_newest, read_pieces
from trona.record.citations import collect
from trona.record.directory import RunDirectory, Stream
from trona.record.layout import RECORD_LAYOUT, refuse_uneven
from trona.record.metadata import NewtonRecord, RecordOptions, RunMetadata
from trona.record.opening import copy_files, open_directory, reopen_directory
from trona.record.record import Record
from trona.record.report import format_ledger, format_outputs
from trona.record.reporters import make_reporter
from trona.record.terminal import Reporter
from trona.record.versions import versions

__all__ = [
    "RECORD_LAYOUT",
    "Accepted",
    "Checkpoints",
    "NewtonRecord",
    "Record",
    "RecordOptions",
    "Reporter",
    "RunDirectory",
    "RunMetadata",
    "Stream",
    "collect",
    "copy_files",
    "encode",
    "format_ledger",
    "format_outputs",
    "make_reporter",
    "open_directory",
    "piece_names",
    "read_newest",
    "read_pieces",
    "refuse_uneven",
    "reopen_directory",
    "versions",
]
