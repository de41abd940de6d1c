"""The interfaces and the administration: plugins on the same hooks as everyone else's."""
