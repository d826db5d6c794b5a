"""The reference pack: sixteen small C projects, each with a request, a solution and an oracle that nobody sees."""
