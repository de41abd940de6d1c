"""What the plugin declares: resources, actions, jobs, reports, events, roles."""
