"""The REST interface: every resource, action and report under ``/api/v1``."""
