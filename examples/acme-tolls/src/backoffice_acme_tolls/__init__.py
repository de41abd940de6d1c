"""Road tolls for Backoffice, at rates that other plugins may give."""
