"""The append-only event log, deliveries to later listeners, and jobs."""
