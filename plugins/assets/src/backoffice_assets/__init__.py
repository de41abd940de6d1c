"""Fixed assets and deferrals for Backoffice: schedules that always come out even."""
