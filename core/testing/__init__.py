"""What a plugin's tests may import: fixtures, ready-made offices, and a database server of their own."""
