"""docs/configuration.md lists every knob as loop/config.py has it.

To write its table anew: python tests/test_configuration_doc.py
"""

from pathlib import Path

from loop.config import STAGES
from loop.settings_load import allowed, knobs, profile_document, profile_names

PAGE = Path(__file__).resolve().parents[1] / "docs" / "configuration.md"
BEGIN, END = "<!-- knobs: begin -->", "<!-- knobs: end -->"


def table() -> str:
    """One row a knob; the five stages have the same ones, which share a row where they are alike."""
    rows: dict[str, list[str]] = {}
    for key, entry in knobs().items():
        section, name = key.split(".")
        plain = str(entry.default).lower() if isinstance(entry.default, bool) else entry.default
        default = f"`{plain}`" if isinstance(plain, str) else f"{plain:g}"
        row = f"{default} | {allowed(entry)} | {entry.metadata['why']} |"
        rows.setdefault(f"{name} | {row}" if section in STAGES else f"{key} | {row}", []).append(section)
    lines = ["| key | default | allowed | why |", "| --- | --- | --- | --- |"]
    for text, sections in rows.items():
        key, _, row = text.partition(" | ")
        keys = [f"`{section}.{key}`" for section in sections] if sections[0] in STAGES else [f"`{key}`"]
        lines.append(f"| {f'`<stage>.{key}`' if len(keys) == len(STAGES) else ', '.join(keys)} | {row}")
    return "\n".join(lines)


def test_the_table_of_knobs_is_that_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0].strip() == table()


def test_every_profile_is_named_and_has_a_summary() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in profile_names():
        assert f"`{name}`" in text
        assert profile_document(name)["summary"] in text


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
