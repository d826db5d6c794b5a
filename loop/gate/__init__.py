"""Two audits in, one Decision out."""
