"""Data in and out of the office: exports, imports, and the shape records have outside."""

from .exporting import export
from .importing import BadRow, ImportResult, bad_rows, import_rows
from .reading import read_rows
from .rows import RawRow, Rows
from .tables import export_table, table_document, totals_of
from .writers import FORMATS, MEDIA_TYPES

__all__ = [
    "FORMATS",
    "MEDIA_TYPES",
    "BadRow",
    "ImportResult",
    "RawRow",
    "Rows",
    "bad_rows",
    "export",
    "export_table",
    "import_rows",
    "read_rows",
    "table_document",
    "totals_of",
]
