"""Exchange rates fetched every day from a service on the web."""
