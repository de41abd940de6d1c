"""Najd Oasis Trading, Riyadh: a quarter of an invented company, in Arabic first.

Fiscal years have the months of the Umm al-Qura calendar, the tax return the Gregorian quarter. Every customer, supplier
and amount is made up; the rules, rates and boxes are those of Saudi Arabia. Loading it again adds nothing.
"""

from __future__ import annotations

from .company import CODE, load

__all__ = ["CODE", "load"]
