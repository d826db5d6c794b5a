"""The commands. Thin: each reads its arguments, calls the library, shows what came back.

Data goes to stdout, talk to stderr. Nothing heavy is imported before a command needs it.
"""
