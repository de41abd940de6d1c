"""What the tolls of Riyadh cost."""
