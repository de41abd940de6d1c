"""Files of orders: how they are read, and how they come in by the hundred."""
