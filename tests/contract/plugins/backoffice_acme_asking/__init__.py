"""A plugin that asks others a question."""
