"""What the plugin declares: resources, actions, reports, documents, events, settings, roles."""
