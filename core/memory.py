"""What a process that lives long asks of Python's memory.

Half a million objects are there for good once the program is loaded: classes, tables, plugins, templates. A collector
that visits them again and again takes up to a third of the time of work that makes many small objects, such as posting
thousands of entries.
"""

from __future__ import annotations

import gc
from typing import Final

YOUNG: Final = 20_000
"""Objects made, less those gone, before the collector looks at the youngest; Python's own 700 is for small programs."""


def keep_loaded() -> None:
    """Let the collector pass over everything there is now, and come less often; for a program that has been loaded."""
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
