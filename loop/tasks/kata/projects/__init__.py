"""Kata projects: small C projects of several files, made of the families' compositions, and what is asked of them."""
