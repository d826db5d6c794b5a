"""C as text: what is refused, what is the same, its syntax tree, its comments, its structure."""
