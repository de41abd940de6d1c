"""Online Retail, London: December 2010 of a real mail-order company, from the order to the books.

The orders are an excerpt of *Online Retail*; see ``ATTRIBUTION.md`` beside this file. The data knows neither stock nor
payments: opening stock is derived, so that nothing ever is below nought, and payments are simulated; both say so where
they are seen. Loading it again adds nothing.
"""

from __future__ import annotations

from .company import load

__all__ = ["load"]
