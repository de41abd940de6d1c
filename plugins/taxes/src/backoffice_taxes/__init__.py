"""Taxes for Backoffice: codes, their computation, one rounding policy, what is due to whom, and returns."""
