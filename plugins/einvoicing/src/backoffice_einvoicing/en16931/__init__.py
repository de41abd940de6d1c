"""The norm EN 16931: its terms, its two syntaxes, its rules. Nothing here knows Backoffice but its errors."""
