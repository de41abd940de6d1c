"""Files that belong to records: kept in a folder under their digest, served only to whoever may see the record."""

from .files import attach
from .store import Store

__all__ = ["Store", "attach"]
