"""Tables from a word of the case to a FHIR code (`mappings/concepts/*.toml`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.case.model import Coding
from app.errors import MappingError
from app.fhir.located import read_toml

_FILE_KEYS = {"source", "system", "codes"}
_ROW_KEYS = {"system", "code", "display"}


@dataclass(frozen=True)
class Table:
    """A code for each word; a row without a system gives a bare code."""

    name: str
    rows: dict[str, Coding]

    def find(self, word: str) -> Coding | None:
        """The code of a word; words of the text are found whatever their case and spacing."""
        return self.rows.get(word) or self.rows.get(" ".join(word.lower().split()))


def load_tables(layers: Sequence[Path]) -> dict[str, Table]:
    """All tables by name (the file's stem); rows of a later layer replace and extend."""
    tables: dict[str, Table] = {}
    for layer in layers:
        folder = layer / "concepts"
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            rows = dict(tables[path.stem].rows) if path.stem in tables else {}
            rows.update(_read(path))
            tables[path.stem] = Table(path.stem, rows)
    return tables


def _read(path: Path) -> dict[str, Coding]:
    data, lines = read_toml(path)

    def fail(key: str, message: str) -> MappingError:
        return MappingError(message, place=f"{path}:{lines.get(key, 1)}")

    for key in data:
        if key not in _FILE_KEYS:
            raise fail(key, f"unknown key {key}; known are {', '.join(sorted(_FILE_KEYS))}")
    if not isinstance(data.get("source"), str):
        raise fail("source", "source says where the codes come from and is missing")
    codes = data.get("codes")
    if not isinstance(codes, dict) or not codes:
        raise fail("codes", "the table [codes] is missing or empty")
    rows: dict[str, Coding] = {}
    for word, row in codes.items():
        if isinstance(row, str):
            row = {"code": row}
        if not isinstance(row, dict) or not isinstance(row.get("code"), str):
            raise fail(word, f"{word} needs a code")
        for key in row:
            if key not in _ROW_KEYS:
                raise fail(word, f"unknown key {key}; known are {', '.join(sorted(_ROW_KEYS))}")
        rows[word] = Coding(
            system=row.get("system", data.get("system", "")),
            code=row["code"],
            display=row.get("display"),
        )
    return rows
