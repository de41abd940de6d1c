"""Postings other plugins ask for: accounts found by purpose, booked at once, or kept until they can be."""
