"""A plugin that answers the question of another, where that one is installed."""
