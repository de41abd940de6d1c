"""A plugin whose isolated hooks all fail."""
