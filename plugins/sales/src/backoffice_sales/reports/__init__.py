"""Reports of sales; cards of the dashboard ask the same functions."""
