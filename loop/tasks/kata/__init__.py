"""The kata pack: function-level C tasks composed from parts, with a reference solution each.

A family is a way of walking (an array, a string, the digits of a number, a struct); its slots are filled with parts
(a predicate, a map, a reducer, a scope). A part knows its English phrasings, its C, and the ways people get it wrong -
the last are used only when the micro model's corpus is written, never in a task.
"""
