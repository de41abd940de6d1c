"""Paying suppliers in runs: what is due, who approved it, files for the bank."""
