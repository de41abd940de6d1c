"""What einvoicing declares: resources, actions, and what it offers."""
