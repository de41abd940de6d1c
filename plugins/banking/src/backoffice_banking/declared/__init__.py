"""What the plugin declares: resources, actions, reports, events, jobs, roles."""
