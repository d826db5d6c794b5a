"""A self-improvement loop for small C-coding models: sample, grade, harvest, retrain, audit, promote."""

__version__ = "0.1.0"
