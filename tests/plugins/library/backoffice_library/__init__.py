"""A lending library: a plugin of everyday size, for the tests of the interfaces."""
