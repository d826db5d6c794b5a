"""Is a task fit to be asked? Mutants of its reference, inputs that kill them, cheats that must fail."""
