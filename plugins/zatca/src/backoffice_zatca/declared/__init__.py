"""What zatca declares: resources, actions, and what it offers."""
