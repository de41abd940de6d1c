"""Data in and out of the office: exports, imports, and the shape records have outside."""
