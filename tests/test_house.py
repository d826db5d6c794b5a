"""The plan of the house, held to: who may import whom, what is declared, what may not stand in a tracked file."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("flows", "loop", "evaluators")

# Top floor first; a part of `loop` imports only from floors below its own. docs/architecture.md says what each is for.
FLOORS = (
    ("loop.__main__",),
    ("loop.cli",),
    ("loop.doctor",),
    ("loop.study",),
    ("loop.cycle",),
    ("loop.report",),
    ("loop.dataset",),
    ("loop.lineage",),
    ("loop.diagnosis",),
    ("loop.store",),
    ("loop.registry",),
    ("loop.gate",),
    ("loop.training",),
    ("loop.inference",),
    ("loop.router",),
    ("loop.models",),
    ("loop.pipeline",),
    ("loop.inference.chat",),  # the chat format: a fact about the models, needed to build and to train them too
    ("loop.sources",),
    ("loop.tasks",),
    ("loop.settings_load",),
    ("loop.config", "loop.home", "loop.supported"),
    ("loop.errors", "loop.stage_names"),
)
LEVEL = {part: level for level, floor in enumerate(FLOORS) for part in floor}


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def module(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def part(name: str) -> str:
    """`loop.cli.run` -> `loop.cli`; `flows.cycle` -> `flows`; a module with a floor of its own is its own part."""
    pieces = name.split(".")
    if ".".join(pieces[:3]) in LEVEL:
        return ".".join(pieces[:3])
    return ".".join(pieces[:2]) if pieces[0] == "loop" else pieces[0]


def is_typing_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def imports(node: ast.AST) -> Iterator[str]:
    """Every module imported at run time, inside functions too; what only the type checker sees is left out."""
    for child in ast.iter_child_nodes(node):
        if is_typing_only(child):
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            assert child.level == 0, "imports are absolute"
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        yield from imports(child)


def imported(path: Path) -> set[str]:
    return set(imports(ast.parse(path.read_text(encoding="utf-8"))))


def tracked() -> list[Path]:
    """Files that git tracks, or would if they were added."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("path", sources(), ids=module)
def test_each_floor_imports_only_from_those_below(path: Path) -> None:
    own = part(module(path))
    for name in imported(path):
        other = part(name)
        if name.split(".")[0] not in PACKAGES or other == own or other in ("loop.__version__", "loop"):
            continue
        if own == "evaluators":
            pytest.fail(f"{module(path)} imports {name}: evaluators stand on their own")
        elif other == "flows":
            assert own == "loop.cli", f"{module(path)} imports {name}: only the command line starts flows"
        elif other != "evaluators" and own != "flows":
            assert own in LEVEL, f"{own} has no floor yet: give it one in FLOORS"
            assert other in LEVEL, f"{other} has no floor yet: give it one in FLOORS"
            assert LEVEL[own] < LEVEL[other], f"{module(path)} imports {name}, which is not below it"
        assert other != "loop.cli" or own == "loop.__main__", f"{module(path)} imports {name}"


@pytest.mark.parametrize("path", sources(), ids=module)
def test_only_flows_know_prefect(path: Path) -> None:
    if part(module(path)) != "flows":
        assert not {name for name in imported(path) if name.split(".")[0] == "prefect"}


def test_every_third_party_import_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = project["dependencies"] + [text for extra in project["optional-dependencies"].values() for text in extra]
    names = {re.split(r"[\[<>=~! ]", text)[0].lower().replace("-", "_") for text in declared}
    modules = {"gitpython": "git", "llama_cpp_python": "llama_cpp"}
    known = {modules.get(name, name) for name in names} | set(sys.stdlib_module_names) | set(PACKAGES)
    # come with Prefect, whose interfaces speak in their types
    known |= {"httpx", "pydantic", "uvicorn", "yaml"}
    for path in sources():
        strangers = {name.split(".")[0] for name in imported(path)} - known
        assert not strangers, f"{module(path)} imports {strangers}"


def test_every_constraint_is_exact_and_names_no_place() -> None:
    lines = [text for text in (ROOT / "constraints.txt").read_text().splitlines() if not text.startswith("#")]
    assert len(lines) > 50
    for line in lines:
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][A-Za-z0-9.]*", line), line


def test_the_constraints_are_within_the_supported_ranges() -> None:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    from loop.supported import requirements

    pinned = dict(
        line.lower().split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
    )
    for text in requirements(ROOT, ("cpu", "dev")):
        wanted = Requirement(text)
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), text


def test_no_tracked_file_knows_the_machine_it_was_written_on() -> None:
    """No path of this checkout or of this user's home."""
    places = {str(ROOT) + "/", str(Path.home()) + "/"} - {"/"}
    for path in tracked():
        data = path.read_bytes()
        if b"\0" in data[:1024]:
            continue
        text = data.decode("utf-8", "replace")
        assert not [place for place in places if place in text], path.relative_to(ROOT)


def test_no_package_index_is_named_where_packages_are_pinned_or_installed() -> None:
    for name in ("pyproject.toml", "constraints.txt", "Makefile", "deployments/install.sh", ".ci/run"):
        assert not re.search(r"https?://|--index-url|--extra-index-url", (ROOT / name).read_text()), name


def test_no_init_file_under_tests_shadows_a_package() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_the_weights_and_profiles_travel_with_the_packages() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(wheel["packages"]) == set(PACKAGES)
    assert any(entry.startswith("loop/models/micro/") for entry in wheel["artifacts"])


def test_names_say_what_a_module_is_for() -> None:
    for path in sources():
        assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc", "manager"}, path
        text = path.read_text(encoding="utf-8")
        assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{module(path)} does not say what it is for"
