"""One oracle a file, each for one kind of task, behind one Protocol (`protocol.py`) and one door (`session.py`)."""
