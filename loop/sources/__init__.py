"""Training data that our own model did not write: a teacher's completions, an agent's logs.

A format is read into `Imported` records here; what they are answers to, and whether they are right, is for
`loop.cycle.bring_in` to find out. A new format: a file beside these with an `Importer`, and a line in `formats.py`.
"""
