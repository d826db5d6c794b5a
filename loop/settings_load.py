"""Profile + loop.toml + environment + flags -> Settings in which every value knows where it came from.

Nothing is guessed: an unknown key, a wrong type or a value out of range is a ConfigError that names the place it
stands at and, for a key, the near one.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loop.config import Settings
from loop.errors import ConfigError

FILE_NAME = "loop.toml"
PROFILES = Path(__file__).parent / "profiles"
# LOOP_ variables that are no settings
OTHER_VARIABLES = ("LOOP_HOME", "LOOP_CONFIG", "LOOP_DEBUG", "LOOP_MODELS", "LOOP_PROFILE")

Value = str | int | float


@dataclass(frozen=True)
class Resolved:
    """`sources` maps "section.key" (and "profile") to where it was set; `file` is the loop.toml that was read."""

    settings: Settings
    sources: Mapping[str, str]
    file: Path | None


def load(
    profile: str | None = None,
    flags: Mapping[str, tuple[Value, str]] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    start: Path | None = None,
) -> Resolved:
    """Resolves every knob. `flags` maps "section.key" to (value, the flag's name). Raises ConfigError."""
    environ = os.environ if environ is None else environ
    file = find_file(environ, start or Path.cwd())
    document = _read_toml(file) if file else {}
    name, name_source = _choose_profile(profile, environ, document, file)

    values: dict[str, Value] = {}
    sources = {key: "default" for key in knobs()}
    layers = [
        (_from_document(profile_document(name), f"profile {name}", extra=("summary",)), f"profile {name}"),
        (_from_document(document, str(file), extra=("profile",)), str(file)),
    ]
    for layer, source in layers:
        for key, value in layer.items():
            values[key], sources[key] = value, source
    for key, (value, variable) in _from_environment(environ).items():
        values[key], sources[key] = value, variable
    for key, (value, flag) in (flags or {}).items():
        values[key], sources[key] = check(key, value, flag), flag
    sources["profile"] = name_source
    return Resolved(_build(name, values), sources, file)


def changed(settings: Settings, values: Mapping[str, Value], where: str) -> Settings:
    """The settings with some values replaced, checked as if they stood at `where`. Raises ConfigError."""
    for key, value in values.items():
        section, _, name = key.partition(".")
        checked = {name: check(key, value, where)}
        settings = dataclasses.replace(
            settings, **{section: dataclasses.replace(getattr(settings, section), **checked)}
        )
    return settings


def stored(document: Mapping[str, Any]) -> Settings:
    """The settings that a run was kept with (`runs.settings`): each section as a table; a knob that the program of then
    did not have is at its default. Raises ConfigError for one that the program of now no longer has."""
    sections = {name: table for name, table in document.items() if name != "profile"}
    return _build(str(document["profile"]), _from_document(sections, "the settings of that run", extra=()))


# --- what there is to set ----------------------------------------------------------------------------------------


def knobs() -> dict[str, dataclasses.Field[Any]]:
    """ "section.key" -> the dataclass field, in the order of loop/config.py."""
    found: dict[str, dataclasses.Field[Any]] = {}
    for section in dataclasses.fields(Settings):
        if section.name != "profile":
            for entry in dataclasses.fields(_section_type(section.name)):
                found[f"{section.name}.{entry.name}"] = entry
    return found


def profile_names() -> list[str]:
    return sorted(path.stem for path in PROFILES.glob("*.toml"))


def profile_document(name: str) -> dict[str, Any]:
    """The profile's TOML. Raises ConfigError for a name that is not known."""
    known = profile_names()
    if name not in known:
        raise ConfigError(f"unknown profile '{name}'{near(name, known)}", fix=f"choose one of: {', '.join(known)}")
    return _read_toml(PROFILES / f"{name}.toml")


def variable(key: str) -> str:
    """The environment variable of "section.key"."""
    return "LOOP_" + key.replace(".", "_").upper()


def near(word: str, known: Iterable[str]) -> str:
    """ "; did you mean 'x'?" when something like it is known, else nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""


def find_file(environ: Mapping[str, str], start: Path) -> Path | None:
    """$LOOP_CONFIG, else the nearest loop.toml from `start` upward, else None. Raises ConfigError."""
    named = environ.get("LOOP_CONFIG")
    if named:
        path = Path(named)
        if not path.is_file():
            raise ConfigError(f"LOOP_CONFIG names {named}, which is no file", fix="unset it or name an existing file")
        return path
    return next((f for d in (start, *start.parents) if (f := d / FILE_NAME).is_file()), None)


# --- checking ----------------------------------------------------------------------------------------------------


def check(key: str, value: object, where: str) -> Value:
    """The value as the knob's own type. Text is converted (environment, --set). Raises ConfigError."""
    known = knobs()
    if key not in known:
        raise ConfigError(f"{where}: unknown key '{key}'{near(key, known)}", fix="see `loop config` for all keys")
    entry = known[key]
    kind: Any = type(entry.default)
    problem = f"{where}: {key} must be {_kind_name(kind)}, not {value!r}"
    if kind is bool:
        return _truth(value, problem)
    if isinstance(value, bool) or (isinstance(value, float) and kind is int):
        raise ConfigError(problem, fix=f"for example {entry.default!r}")
    if not isinstance(value, str) and kind is str:
        raise ConfigError(problem, fix=f"put it in quotes: {value!r} -> '{value}'")
    try:
        typed: Value = kind(value)
    except (TypeError, ValueError):
        raise ConfigError(problem, fix=f"for example {entry.default!r}") from None
    _check_range(key, typed, entry, where)
    return typed


def _truth(value: object, problem: str) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise ConfigError(problem, fix="write true or false")
    return value == "true"


def _check_range(key: str, value: Value, entry: dataclasses.Field[Any], where: str) -> None:
    low, high, choices = entry.metadata["low"], entry.metadata["high"], entry.metadata["choices"]
    several, unset = entry.metadata["several"], entry.metadata["unset"]
    if unset is not None and value == unset:
        return
    if several and value != "all":
        _check_several(key, str(value), several, where)
    elif choices and value not in choices:
        raise ConfigError(
            f"{where}: {key} is {value!r}{near(str(value), choices)}", fix=f"choose one of: {', '.join(choices)}"
        )
    if isinstance(value, str):
        if not value.strip():
            raise ConfigError(f"{where}: {key} is empty", fix=f"for example {entry.default!r}")
        return
    # written so that NaN, which compares false with everything, is refused too
    if (low is not None and not value >= low) or (high is not None and not value <= high) or value != value:
        raise ConfigError(f"{where}: {key} is {value:g}, out of range", fix=f"allowed: {allowed(entry)}")


def _check_several(key: str, value: str, known: tuple[str, ...], where: str) -> None:
    given = listed(value)
    unknown = [name for name in given if name not in known]
    if unknown or not given or len(set(given)) < len(given):
        problem = f"names '{unknown[0]}'{near(unknown[0], known)}" if unknown else f"is {value!r}"
        raise ConfigError(f"{where}: {key} {problem}", fix=f"all, or some of: {', '.join(known)}")


def listed(value: str) -> list[str]:
    """The names in a text that lists some, separated by commas."""
    return [name.strip() for name in value.split(",") if name.strip()]


def allowed(entry: dataclasses.Field[Any]) -> str:
    """What a knob may be, in words: "at least 1", "0 to 2 or -1", "auto, standard, weak"; empty when anything goes."""
    low, high, choices = entry.metadata["low"], entry.metadata["high"], entry.metadata["choices"]
    several, unset = entry.metadata["several"], entry.metadata["unset"]
    if isinstance(entry.default, bool):
        return "true, false"
    if several:
        return f"all, or some of: {', '.join(several)}"
    if choices:
        return ", ".join(choices)
    if low is None:
        return ""
    limits = f"at least {low:g}" if high is None else f"{low:g} to {high:g}"
    return limits if unset is None else f"{limits}, or {unset:g}"


def _kind_name(kind: type) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[kind]


# --- the layers --------------------------------------------------------------------------------------------------


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", fix="mend that line") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", fix="check its permissions") from error


def _choose_profile(
    flag: str | None, environ: Mapping[str, str], document: Mapping[str, Any], file: Path | None
) -> tuple[str, str]:
    if flag:
        return flag, "--profile"
    if environ.get("LOOP_PROFILE"):
        return environ["LOOP_PROFILE"], "LOOP_PROFILE"
    if "profile" in document:
        if not isinstance(document["profile"], str):
            raise ConfigError(f"{file}: profile must be text, not {document['profile']!r}", fix='profile = "micro"')
        return document["profile"], str(file)
    return Settings.profile, "default"


def _from_document(document: Mapping[str, Any], where: str, extra: tuple[str, ...]) -> dict[str, Value]:
    """ "section.key" -> value of a TOML document. `extra`: top-level keys that are not sections."""
    sections = [s.name for s in dataclasses.fields(Settings) if s.name != "profile"]
    found: dict[str, Value] = {}
    for section, table in document.items():
        if section in extra:
            continue
        if section not in sections:
            raise ConfigError(
                f"{where}: unknown section '{section}'{near(section, sections)}", fix=f"known: {', '.join(sections)}"
            )
        if not isinstance(table, dict):
            raise ConfigError(
                f"{where}: '{section}' is a section, not a value", fix=f"write [{section}] above its keys"
            )
        for key, value in table.items():
            kind = type(_default(f"{section}.{key}"))
            if isinstance(value, str) and kind in (bool, int, float):
                wanted = _kind_name(bool) if kind is bool else "a number"
                raise ConfigError(f"{where}: {section}.{key} must be {wanted}, not {value!r}", fix="remove the quotes")
            found[f"{section}.{key}"] = check(f"{section}.{key}", value, where)
    return found


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[Value, str]]:
    """ "section.key" -> (value, variable). A LOOP_ variable that looks like a misspelled knob is refused."""
    known = {variable(key): key for key in knobs()}
    sections = tuple(f"LOOP_{s.name.upper()}_" for s in dataclasses.fields(Settings))
    found: dict[str, tuple[Value, str]] = {}
    for name in sorted(n for n in environ if n.startswith("LOOP_") and n not in OTHER_VARIABLES):
        if name in known:
            found[known[name]] = (check(known[name], environ[name], name), name)
        elif name.startswith(sections) or difflib.get_close_matches(name, known, n=1, cutoff=0.85):
            raise ConfigError(
                f"unknown setting {name} in the environment{near(name, known)}", fix=f"unset {name}, or correct it"
            )
    return found


def _default(key: str) -> object:
    entry = knobs().get(key)
    return entry.default if entry else None


def _section_type(section: str) -> Any:
    return type(getattr(Settings(), section))


def _build(profile: str, values: Mapping[str, Value]) -> Settings:
    parts: dict[str, Any] = {}
    for section in dataclasses.fields(Settings):
        if section.name != "profile":
            prefix = f"{section.name}."
            given = {key.removeprefix(prefix): v for key, v in values.items() if key.startswith(prefix)}
            parts[section.name] = _section_type(section.name)(**given)
    return Settings(profile=profile, **parts)
