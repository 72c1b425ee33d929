"""What the README says is so: its Python runs, its settings and commands exist."""

from __future__ import annotations

import re
from pathlib import Path

from app.cli import app as cli
from app.settings import Settings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_python_example_gives_what_it_says() -> None:
    (source,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    namespace: dict[str, object] = {}
    checked = 0
    for line in source.splitlines():
        code, _, expected = line.partition("  # ")
        if expected.startswith("'"):
            assert repr(str(eval(code, namespace))) == expected, line
            checked += 1
        else:
            exec(code, namespace)
    assert checked == 2


def test_every_setting_is_in_the_table_with_its_default() -> None:
    table = dict(re.findall(r"^\| `CASE2FHIR_(\w+)` \| ([^|]+) \|", README, re.MULTILINE))
    documented = {name.lower() for name in table}
    assert documented == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        shown = table[name.upper()].strip(" `").replace(" ", "")
        if isinstance(field.default, int | float):
            assert float(shown) == float(field.default), name
        elif isinstance(field.default, str):
            assert shown == field.default, name


def test_every_command_is_named() -> None:
    names = {
        command.name or command.callback.__name__
        for command in cli.registered_commands
        if command.callback is not None
    }
    names |= {group.name or "" for group in cli.registered_groups}
    table = "".join(re.findall(r"^\| `.*$", README, re.MULTILINE))
    shown = set(re.findall(r"`(?:case2fhir )?([a-z]+)", table))
    assert names <= shown
