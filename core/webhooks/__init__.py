"""Webhooks: others are told of events, and others tell us, signed as Standard Webhooks describes it."""
