"""Answers that look at nothing, or reach for the grader instead of answering: none of them may pass any task."""

from __future__ import annotations

from evaluators.spec import FunctionSpec


def thoughtless(spec: FunctionSpec) -> dict[str, str]:
    """Name -> C of answers that do not depend on the input: an empty stub, or constants where something is returned."""
    if spec.returns == "void":
        return {"an empty stub": f"{spec.signature} {{ }}\n"}
    return {f"'return {value}'": f"{spec.signature} {{ return {value}; }}\n" for value in ("0", "1", "-1")}


def tampering(spec: FunctionSpec) -> dict[str, str]:
    """Name -> C of answers that try to be taken for a pass; what they try does not depend on what the task asks."""
    ends = "" if spec.returns == "void" else " return 0;"

    def function(body: str) -> str:
        return f"{spec.signature} {{ {body}{ends} }}\n"

    exits = (
        "void _exit(int); void exit(int);\n"
        "long write(int, const void *, unsigned long); int printf(const char *, ...);\n"
    )
    return {
        "exit(0)": exits + function("exit(0);"),
        "_exit(0)": exits + function("_exit(0);"),
        "printing that all is well": exits + function('printf("PASS\\nall tests passed\\n");'),
        "a constructor that exits": exits
        + f"__attribute__((constructor)) static void early(void) {{ _exit(0); }}\n{function('')}",
        "a second main": f"int main(void) {{ return 0; }}\n{function('')}",
        "a reply of its own": exits + function('write(4, "REPL\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0", 20);'),
        "sanitizer options of its own": "const char *__asan_default_options(void) "
        f'{{ return "halt_on_error=0:exitcode=0"; }}\n{function("")}',
    }


def signature_of(spec: FunctionSpec) -> tuple[str, ...]:
    """What `tampering` depends on."""
    return (spec.prelude, spec.returns, spec.name, *(param.ctype for param in spec.params))
