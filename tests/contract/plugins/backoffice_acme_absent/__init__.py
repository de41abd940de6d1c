"""A plugin that cannot be imported: it needs a package that is not installed."""
