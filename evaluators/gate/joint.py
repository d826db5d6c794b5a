"""Many versions of one source in one translation unit: compiled once instead of a hundred times.

In each version the names that the source defines at file level get a suffix (`f` -> `f__v17`), on the syntax tree, so
that recursion, static functions and globals stay each version's own. Types and directives stand once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tree_sitter import Node

from evaluators.text.syntax import functions, parse, text_of, walk

_SHARED = ("type_definition", "struct_specifier", "enum_specifier", "union_specifier")
_CULPRIT = re.compile(r"\bversion_(\d+)\.c:")


def version_name(name: str, version: int) -> str:
    return f"{name}__v{version}"


def joined(prelude: str, versions: Sequence[tuple[int, str]]) -> str:
    """C of all (number, source). Line directives make the compiler name the version in its diagnostics."""
    shared: dict[str, None] = {}
    bodies = []
    for number, source in versions:
        root = parse(source)
        defined = _defined(root)
        for child in root.children:
            text = text_of(child)
            if child.type.startswith("preproc") or child.type in _SHARED:
                shared.setdefault(text.rstrip("\n"))
            elif child.type != "comment" and text.strip() != ";":
                line = child.start_point[0] + 1
                bodies.append(f'#line {line} "version_{number}.c"\n{_renamed(child, defined, number)}')
    # `struct s {...};` is parsed as the specifier and a `;` of its own
    heads = [text if text.startswith("#") or text.endswith(";") else text + ";" for text in shared]
    return "\n".join([prelude, *heads, *bodies, ""])


def culprits(diagnostics: str) -> set[int]:
    """The versions that the compiler names in its errors."""
    return {int(number) for number in _CULPRIT.findall(diagnostics)}


def _defined(root: Node) -> set[str]:
    names = set(functions(root))
    for child in root.children:
        if child.type == "declaration" and not child.text.startswith(b"extern"):  # type: ignore[union-attr]
            names |= {name for name in _declared(child) if name}
    return names


def _declared(declaration: Node) -> list[str]:
    """Variables that a file-level declaration defines, and functions that the source itself defines further down."""
    found = []
    for declarator in declaration.children_by_field_name("declarator"):
        node: Node | None = declarator
        prototype = False
        while node is not None and node.type != "identifier":
            prototype |= node.type == "function_declarator"
            node = node.child_by_field_name("declarator")
        if node is not None and not prototype:
            found.append(text_of(node))
    return found


def _renamed(node: Node, names: set[str], version: int) -> str:
    data, start = node.text or b"", node.start_byte
    out, at = [], 0
    for inner in walk(node):
        if inner.type == "identifier" and (name := text_of(inner)) in names:
            out += [data[at : inner.start_byte - start], version_name(name, version).encode()]
            at = inner.end_byte - start
    return b"".join([*out, data[at:]]).decode("utf-8", "replace")
