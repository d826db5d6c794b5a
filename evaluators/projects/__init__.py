"""Small C projects: their files, edits to them, and the probe that sees what they do."""
