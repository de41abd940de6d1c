"""What the plugin declares: resources, actions, jobs, listeners, reports, events, roles."""
