"""The obvious test of a function: the candidate, and behind it a `main` with every case and what is expected of it.

It asks what the oracle asks, by the same rules: allocations are exact, a mutable string counts up to its NUL, any other
mutable buffer counts whole. Nothing is declared before the candidate that its author did not declare.
"""

from __future__ import annotations

from evaluators.box.driver import ELEMENT_BYTES
from evaluators.box.observation import Observation
from evaluators.judge import visible
from evaluators.spec import Arg, Case, FunctionSpec, Param
from evaluators.text.source_text import with_prelude

WRONG = 1
"""Exit status of a program whose candidate gave a wrong answer."""


def obvious_program(spec: FunctionSpec, answer: str, main: str) -> str:
    """The text of one file. `main`: what `obvious_main` made for the spec."""
    return f"{with_prelude(spec.prelude, answer)}\n{main}"


def obvious_main(spec: FunctionSpec, cases: list[Case], expected: list[Observation]) -> str:
    """C that calls `spec.name` on each case: exit 0 when every answer is as expected, else `WRONG`."""
    data = _Data()
    calls = [_call(spec, case, seen, data) for case, seen in zip(cases, expected, strict=True)]
    body = "\n".join(f"    if (!{call}) return {WRONG};" for call in calls)
    return (
        '#line 1 "main.c"\n'
        f"static const char obvious_data[] =\n{data.literal()};\n"
        f"{_check(spec)}\n"
        f"int main(void) {{\n{body}\n    return 0;\n}}\n"
    )


class _Data:
    """The bytes of all cases, one behind the other; equal ones stand there once."""

    def __init__(self) -> None:
        self._places: dict[bytes, int] = {}
        self._size = 0

    def at(self, content: bytes) -> str:
        """C of a pointer to `content`."""
        if content not in self._places:
            self._places[content] = self._size
            self._size += len(content)
        return f"obvious_data + {self._places[content]}"

    def literal(self) -> str:
        lines = ("".join(f"\\{byte:03o}" for byte in content) for content in self._places)
        return "\n".join(f'    "{line}"' for line in lines) or '    ""'


def _check(spec: FunctionSpec) -> str:
    """A function that makes the allocations of one case, calls, and compares."""
    takes, before, after, passed = [], [], [], []
    for i, param in enumerate(spec.params):
        if param.kind == "scalar":
            takes.append(f"{'unsigned' if param.elem == 'u32' else 'int'} a{i}")
            passed.append(f"a{i}")
            continue
        takes += [f"unsigned long size{i}", f"const char *from{i}", f"unsigned long content{i}"]
        before.append(f"char *a{i} = __builtin_malloc(size{i});")
        before.append(f"__builtin_memset(a{i}, 0, size{i}); __builtin_memcpy(a{i}, from{i}, content{i});")
        passed.append(f"(void *)a{i}")
        if param.mutable:
            takes += [f"const char *want{i}", f"unsigned long wanted{i}"]
            after.append(f"right = right && !__builtin_memcmp(a{i}, want{i}, wanted{i});")
        after.append(f"__builtin_free(a{i});")
    types = ", ".join(p.ctype for p in spec.params) or "void"
    call = f"(({spec.returns} (*)({types})){spec.name})({', '.join(passed)})"
    if spec.returns == "void":
        call = f"{call}; int right = 1;"
    else:
        takes.append(f"{spec.returns} returned")
        call = f"int right = {call} == returned;"
    lines = "\n".join(f"    {line}" for line in [*before, call, *after, "return right;"])
    return f"static __attribute__((noinline)) int obvious_check({', '.join(takes) or 'void'}) {{\n{lines}\n}}"


def _call(spec: FunctionSpec, case: Case, expected: Observation, data: _Data) -> str:
    buffers = iter(expected.buffers)
    values: list[str] = []
    for param, value in zip(spec.params, case, strict=True):
        if param.kind == "scalar":
            values.append(_scalar(value, unsigned=param.elem == "u32"))
            continue
        size, content = _memory(param, value)
        values += [str(size), data.at(content), str(len(content))]
        if param.mutable:
            want = visible(param, next(buffers))
            values += [data.at(want), str(len(want))]
    if spec.returns != "void":
        returned = int.from_bytes(expected.returned, "little", signed=spec.returns == "int")
        values.append(_scalar(returned, unsigned=spec.returns == "unsigned"))
    return f"obvious_check({', '.join(values)})"


def _memory(param: Param, value: Arg) -> tuple[int, bytes]:
    """(bytes allocated, bytes that stand at their beginning), as the driver lays an argument out."""
    if isinstance(value, int):
        raise TypeError(f"{param.name}: a {param.kind} needs a sequence, not {value}")
    if isinstance(value, bytes):
        return max(param.capacity, len(value) + 1), value
    size = ELEMENT_BYTES[param.elem]
    content = b"".join((v % 2 ** (8 * size)).to_bytes(size, "little") for v in value)
    return max(param.capacity * size, len(content)), content


def _scalar(value: Arg, *, unsigned: bool) -> str:
    number = int(value) & 0xFFFFFFFF  # type: ignore[arg-type]
    return f"{number}u" if unsigned else f"(int){number}u"
