"""What the plugin offers, declared."""
