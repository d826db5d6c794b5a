"""Whether a stage still improves, and if not why: facts read from the store (`read`), judged apart (`judge`)."""
