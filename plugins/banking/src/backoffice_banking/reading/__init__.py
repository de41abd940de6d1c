"""Read files of banks: MT940 and MT942, CAMT.052, 053 and 054, OFX 1 and 2, QIF, and CSV as a mapping describes it.

Pure functions from bytes to statements. Nothing here knows the database; :mod:`..importing` decides what may come in.
"""

from __future__ import annotations

from .recognised import FORMATS, read, recognise
from .said import CsvMapping, ReadDetail, Reading, ReadLine, ReadStatement, Unreadable

__all__ = [
    "FORMATS",
    "CsvMapping",
    "ReadDetail",
    "ReadLine",
    "ReadStatement",
    "Reading",
    "Unreadable",
    "read",
    "recognise",
]
