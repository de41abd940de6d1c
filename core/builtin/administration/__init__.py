"""Users, roles, tokens, settings, jobs and plugins as resources, actions and reports like any other."""
