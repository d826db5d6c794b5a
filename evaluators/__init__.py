"""C in, verdict out. Usable without the rest of the project: nothing here imports `loop`."""
