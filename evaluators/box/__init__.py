"""Boxes: where C that nobody trusts is compiled and run, and what can be seen of it from outside."""
