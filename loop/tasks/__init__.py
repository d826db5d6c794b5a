"""What is asked: tasks, packs of them, and the generator that makes the kata pack."""
