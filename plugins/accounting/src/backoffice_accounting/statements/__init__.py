"""Statements as data: layouts, the accounts their lines choose, their figures, and the tables made of them."""
