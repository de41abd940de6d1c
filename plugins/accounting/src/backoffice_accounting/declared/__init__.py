"""What the plugin declares: resources, actions, reports and the rest, each kind in a module of its own."""
