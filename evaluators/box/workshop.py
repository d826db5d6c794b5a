"""What one worker thread owns: a compiler's box, and boxes that run what it built. Nothing is judged here.

Not shared between threads: a box dies with the thread that started it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from evaluators.box.compile import CompileBox, Compiled
from evaluators.box.driver import Drivers, shape_of
from evaluators.box.object_audit import audit_object
from evaluators.box.observation import Limits, Observation, Run
from evaluators.box.observe import ASAN_OPTIONS, LEAK_OPTIONS, observe
from evaluators.box.run_server import RunServer
from evaluators.box.sandbox import STANDARD, Launch
from evaluators.box.source_tree import SourceTree
from evaluators.box.toolchain import Toolchain
from evaluators.errors import GraderFault
from evaluators.spec import Case, FunctionSpec
from evaluators.text.refused import hides_something, refused_after_expansion, refused_words
from evaluators.verdict import EVIDENCE, Kind, Verdict

NOTHING: Mapping[str, str] = MappingProxyType({})
SANITIZED_TIMES = 3.0
"""How much more CPU time a sanitizer build may use."""
STACK, SANITIZED_STACK = 64 << 20, 256 << 20
"""Bytes; a sanitizer's frames are several times as large."""
SERVERS = 4
"""Run servers that one workshop keeps; unusual shapes of functions have drivers of their own."""
Accept = Callable[[int, Observation], bool]
"""(number of the case, what was seen) -> whether to go on."""


class Workshop:
    """Builds trees of C and runs one function of what was built."""

    def __init__(self, tools: Toolchain, drivers: Drivers, server: bytes, launch: Launch = STANDARD) -> None:
        self._tools = tools
        self._launch = launch
        self._drivers = drivers
        self._compiler = CompileBox(tools, server, launch)
        self._servers: dict[tuple[int, str], RunServer] = {}

    def close(self) -> None:
        self._compiler.close()
        for running in self._servers.values():
            running.close()
        self._servers.clear()

    @property
    def builds(self) -> frozenset[str]:
        """Names that `build` takes; "clang" is one of them where it is installed."""
        return frozenset(self._tools.compile_steps)

    def build(self, tree: SourceTree, build: str) -> tuple[bytes, Verdict | None]:
        """(shared object, None), or (b"", why not): `compile_error` or `tamper`. Raises GraderFault."""
        return self._audited(self._compiler.compile(tree, build), tree, build)

    def merge(self, tree: SourceTree, build: str) -> tuple[bytes, Verdict | None]:
        """As `build`, but an object that is still to be linked; what `tree` trusts is no part of it."""
        return self._audited(self._compiler.merge(tree, build), tree, build)

    def link(self, objects: tuple[bytes, ...], build: str) -> tuple[bytes, Verdict | None]:
        """What `merge` made, as one shared object. Raises GraderFault."""
        linked = self._compiler.link(objects, build)
        return linked.shared_object, None if linked.ok else Verdict(Kind.COMPILE_ERROR, linked.diagnostics[:EVIDENCE])

    def _audited(self, compiled: Compiled, tree: SourceTree, build: str) -> tuple[bytes, Verdict | None]:
        if not compiled.ok:
            return b"", Verdict(Kind.COMPILE_ERROR, compiled.diagnostics[:EVIDENCE])
        try:
            sanitized, units = build == "sanitized", len(tree.units)
            problem = audit_object(compiled.candidate, sanitized=sanitized, units=units)
            if compiled.candidate != compiled.shared_object:  # linked to units of ours, which include its headers
                units += len(tree.trusted_units)
                problem = problem or audit_object(compiled.shared_object, sanitized=sanitized, units=units)
        except ValueError as error:
            return b"", Verdict(Kind.TAMPER, f"the object is {error}")
        return compiled.shared_object, Verdict(Kind.TAMPER, problem) if problem else None

    def refused(self, tree: SourceTree, given: Mapping[str, str] = NOTHING) -> str:
        """What of the candidate's text is refused, named; "" if nothing is. Raises GraderFault.

        given: texts by path that are not the candidate's while they are unchanged.
        """
        written = [(path, text) for path, text in tree.files if given.get(path) != text]
        for path, text in written:
            if found := refused_words(text):
                return f"'{found}' is refused" + (f" in {path}" if len(tree.files) > 1 else "")
        if any(hides_something(text) for _, text in written):
            ours = replace(tree, files=tree.trusted, units=tree.trusted_units)  # which may include headers of its
            for build in ("plain", "sanitized"):  # what differs between the builds is seen in both
                for part in (tree, ours) if ours.units else (tree,):
                    expanded = self._compiler.expand(part, build)
                    if expanded is None:
                        if self._compiler.compile(tree, build).ok:
                            return "its text after macro expansion cannot be looked at"
                    elif found := refused_after_expansion(expanded):
                        return f"'{found}' is refused"
        return ""

    def observe(
        self,
        shared_object: bytes,
        spec: FunctionSpec,
        cases: list[Case],
        limits: Limits,
        build: str,
        accept: Accept = lambda i, seen: True,
    ) -> Run:
        """Call `spec.name` on each case in a process of its own; ends at the first reply that `accept` refuses.

        Of `spec` only name, parameters and returned type count. Raises GraderFault when no box can be started.
        """
        sanitized = build == "sanitized"
        if sanitized:
            limits = replace(limits, cpu=SANITIZED_TIMES * limits.cpu)
        driver = self._drivers.descriptor(shape_of(spec), "sanitized" if sanitized else "plain")
        try:
            running = self._server(driver, (LEAK_OPTIONS if limits.leaks else ASAN_OPTIONS) if sanitized else "")
            return observe(running, shared_object, spec, cases, limits, accept, sanitized=sanitized)
        except OSError as error:
            raise GraderFault(f"a box could not be run: {error}") from error

    def _server(self, driver: int, options: str) -> RunServer:
        """A server that may be trusted with one more run; the most recently used ones are kept.

        options: of the sanitizers' runtime, "" for a driver without.
        """
        running = self._servers.pop((driver, options), None)
        if running is not None and running.spent:
            running.close()
            running = None
        while running is None and len(self._servers) >= SERVERS:
            self._servers.pop(next(iter(self._servers))).close()
        if running is None:
            environment = {"ASAN_OPTIONS": options} if options else {}
            stack = SANITIZED_STACK if options else STACK
            running = RunServer(self._tools, driver, stack, environment, self._launch)
        self._servers[driver, options] = running
        return running
