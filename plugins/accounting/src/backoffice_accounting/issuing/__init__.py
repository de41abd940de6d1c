"""Invoices on their way: who issues them, what is decided, how they are stored, and what goes into the books."""
