"""Where the server is and what things are called there, from the settings; checked before anything is sent."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from loop.config import EngineSettings
from loop.errors import ConfigError, EngineError
from loop.inference.server.http import shown

DIGITS = 12  # of an adapter's sha256, in its name


@dataclass(frozen=True)
class Address:
    """url: up to /v1. kind: a dialect's name, or "auto". model: the base's name there. adapter: how an adapter's name
    is made from the first digits of its sha256. key: "" for none; it is not part of the repr."""

    url: str
    kind: str
    model: str
    adapter: str
    key: str

    def __repr__(self) -> str:
        return f"Address({shown(self.url)}, {self.model})"

    def adapter_name(self, adapter: Path) -> str:
        return self.adapter.replace("{adapter}", digits(adapter))


def digits(adapter: Path) -> str:
    """The beginning of an adapter's sha256, which names the folder it lies in. Raises EngineError when it is gone."""
    if not adapter.is_file():
        raise EngineError(f"no adapter at {adapter}", fix="train it again, or roll back")
    return adapter.resolve().parent.name[:DIGITS]


def address(settings: EngineSettings, base: str, environ: Mapping[str, str] | None = None) -> Address:
    """The address for a base called `base` here. Raises ConfigError."""
    environ = os.environ if environ is None else environ
    parts = urlsplit(settings.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(
            f"engine.url is no address: {shown(settings.url)}", fix='for example "http://127.0.0.1:8000/v1"'
        )
    if "{adapter}" not in settings.adapter:
        raise ConfigError(
            f"engine.adapter is {settings.adapter!r}: every adapter would have that name",
            fix='put {adapter} into it, as in "loop-{adapter}"',
        )
    variable = settings.key_variable
    if variable and not environ.get(variable):
        raise ConfigError(
            f"engine.key_variable names {variable}, which is not set", fix=f"export {variable}=... before the run"
        )
    key = environ[variable] if variable else ""
    return Address(settings.url, settings.server, settings.model.replace("{base}", base), settings.adapter, key)
