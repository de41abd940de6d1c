"""Who signs in, to which organisation, and what they may do."""
