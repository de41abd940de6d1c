"""Dimensions: sets of values that lines share, and what accounts ask of them."""
