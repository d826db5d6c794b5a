"""Measurements of the grader: what a verdict costs, what the obvious way costs, what a long run leaves behind."""
