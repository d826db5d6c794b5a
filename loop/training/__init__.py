"""Examples in, adapter out: always from the frozen base."""
