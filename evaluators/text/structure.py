"""Structure that a refactoring is asked for: rules in and out of JSON, and whether a change keeps them all.

A change whose structure is asked for may not hide code from the syntax tree: in conditional blocks, in macros, in
included text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from evaluators.projects.probe import KEYWORDS
from evaluators.projects.repository import Repository
from evaluators.text.structure_rules import (
    Calls,
    FunctionAbsent,
    FunctionExists,
    MaxLines,
    MaxNesting,
    MaxParameters,
    NoDuplicate,
    NoGlobals,
    NoGoto,
    NoMagicNumber,
    PublicApiUnchanged,
    Rule,
    first,
)
from evaluators.text.structure_tree import Code, conditionals, macros, places, read_code
from evaluators.text.syntax import text_of

_STATEMENT = re.compile(r";|\b(?:if|else|for|while|do|switch|case|goto|return|break|continue)\b")
RULES: dict[str, Any] = {
    rule.kind: rule
    for rule in (
        *(FunctionExists, FunctionAbsent, Calls, NoDuplicate, MaxLines, MaxNesting, MaxParameters),
        *(NoGlobals, NoGoto, NoMagicNumber, PublicApiUnchanged),
    )
}


def rule_to_json(rule: Rule) -> dict[str, Any]:
    fields = asdict(rule)  # type: ignore[call-overload]
    return {"rule": rule.kind, **{k: list(v) if isinstance(v, tuple) else v for k, v in fields.items()}}


def rule_from_json(document: dict[str, Any]) -> Rule:
    """Inverse of `rule_to_json`. Raises KeyError or TypeError on a malformed document."""
    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in document.items() if k != "rule"}
    rule: Rule = RULES[document["rule"]](**fields)
    return rule


def structure_broken(rules: Iterable[Rule], before: Repository, after: Repository) -> str:
    """The first rule that the change from `before` to `after` does not keep, in words; "" when it keeps them all."""
    old, new = read_code(before), read_code(after)
    return hidden_code(old, new) or first(rule.broken(old, new) for rule in rules)


def hidden_code(before: Code, after: Code) -> str:
    """Where the change hides code from the tree, in words; "" if nowhere."""
    names = {f.name for code in (before, after) for f in code.functions} | KEYWORDS
    for path, root in after.trees.items():
        old = before.trees.get(path)
        if root.has_error and not (old is not None and old.has_error):
            return f"{path} cannot be read as plain C"
        if more := Counter(conditionals(root)) - Counter(conditionals(old) if old is not None else ()):
            return f"{path} has a new conditional block: {next(iter(more))}"
        known = macros(old) if old is not None else {}
        for name, text in macros(root).items():
            if known.get(name) != text and (name in names or _STATEMENT.search(text)):
                return f"{path} hides code in the macro {name}"
        for node, inside, _ in places(root):
            if node.type == "preproc_include" and (inside or text_of(node).rstrip().endswith(('.c"', ".c>"))):
                return f"{path} includes code: {text_of(node).strip()}"
    return ""
