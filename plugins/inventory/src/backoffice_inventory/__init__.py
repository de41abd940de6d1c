"""Stock for Backoffice: places, moves, valuation, lots, reservations, counts, landed costs, reordering."""
