"""Studies: the loop run in several ways, each in a home of its own, and compared."""
