"""The five stages of a task on a project: routing, scope, precision, planning, implementation."""
