"""Connectors: what speaks to other systems, each behind the same few calls."""
