"""Base models: where they are, whether they are intact, and their GGUF form."""
