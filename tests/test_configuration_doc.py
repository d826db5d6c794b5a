"""docs/configuration.md lists every knob as loop/config.py has it.

To write its table anew: python tests/test_configuration_doc.py
"""

from pathlib import Path

from loop.settings_load import allowed, knobs, profile_document, profile_names

PAGE = Path(__file__).resolve().parents[1] / "docs" / "configuration.md"
BEGIN, END = "<!-- knobs: begin -->", "<!-- knobs: end -->"


def table() -> str:
    lines = ["| key | default | allowed | why |", "| --- | --- | --- | --- |"]
    for key, entry in knobs().items():
        default = f"`{entry.default}`" if isinstance(entry.default, str) else f"{entry.default:g}"
        lines.append(f"| `{key}` | {default} | {allowed(entry)} | {entry.metadata['why']} |")
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
