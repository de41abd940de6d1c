"""A plugin that hears of every posted entry, so that what became of each event can be counted."""
