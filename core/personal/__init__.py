"""What is known about a person across every plugin, handed over whole or erased, with proof in the audit log."""
