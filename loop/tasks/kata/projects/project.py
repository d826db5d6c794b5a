"""A kata project: modules with headers, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from evaluators.projects.repository import Repository

CONFIG = "src/config.h"


@dataclass
class Module:
    """name: of `src/NAME.c` and `src/NAME.h`. head: C of the header above the prototypes (types, macros).

    functions: (text, prototype) in their order; without a prototype it is the file's own. config: it includes CONFIG.
    uses: names of the modules that it includes.
    """

    name: str
    head: str = ""
    functions: list[tuple[str, str]] = field(default_factory=list)
    config: bool = False
    uses: list[str] = field(default_factory=list)

    @property
    def source(self) -> str:
        return f"src/{self.name}.c"

    @property
    def header(self) -> str:
        return f"src/{self.name}.h"

    @property
    def include(self) -> str:
        """The line of the source below which new functions go."""
        return f'#include "{self.name}.h"'

    def source_text(self) -> str:
        others = [f'#include "{name}"' for name in (*(["config.h"] if self.config else []), *self._included())]
        includes = "\n".join([*others, self.include])
        return "\n".join([includes + "\n", *(text for text, _ in self.functions)])

    def header_text(self) -> str:
        guard = f"{self.name.upper()}_H"
        prototypes = "\n".join(prototype for _, prototype in self.functions if prototype)
        middle = "\n\n".join(part.strip("\n") for part in (self.head, prototypes) if part)
        return f"#ifndef {guard}\n#define {guard}\n\n{middle}\n\n#endif\n"

    def _included(self) -> list[str]:
        return [f"{name}.h" for name in sorted(set(self.uses))]


def config_text(macros: Iterable[tuple[str, int]]) -> str:
    lines = "\n".join(f"#define {name} {value}" for name, value in macros)
    return f"#ifndef CONFIG_H\n#define CONFIG_H\n\n{lines}\n\n#endif\n"


def makefile(modules: Iterable[Module]) -> str:
    objects = " ".join(f"src/{module.name}.o" for module in modules)
    return f"CFLAGS = -std=c11 -Wall\n\nlib.a: {objects}\n\tar rcs $@ $^\n"


def empty_tests(module: Module) -> str:
    return f'#include "{module.name}.h"\n\nint run_tests(void) {{\n    return 0;\n}}\n'


def test_file(module: Module) -> str:
    return f"tests/test_{module.name}.c"


def repository(modules: Iterable[Module], others: dict[str, str]) -> Repository:
    files = dict(others)
    modules = list(modules)
    for module in modules:
        files |= {module.source: module.source_text(), module.header: module.header_text()}
    return Repository(tuple(files.items()), tuple(module.source for module in modules), ("src",))
