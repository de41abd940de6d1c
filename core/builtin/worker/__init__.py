"""The worker: hands events to later listeners, runs jobs and their schedules."""
