"""Products and services for Backoffice: variants, barcodes, units of measure, price lists."""
