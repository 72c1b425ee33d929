"""The documents of a folder or of a JSON Lines file."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import orjson

from app.cli.options import read_bytes
from app.errors import InputError, MalformedDocument

SUFFIXES = (".txt", ".text", ".md", ".markdown", ".xml", ".nxml", ".jats", ".json", ".pdf", ".docx")
"""Endings of the files of a folder that are documents; others lie beside them."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Input:
    """One document: where it is, and the name of its bundle. `data` holds a line of JSON
    Lines, a file is read when its turn comes."""

    name: str
    output: str
    modified_ns: int
    media_type: str | None = None
    path: Path | None = None
    data: bytes | None = None

    def read(self) -> bytes:
        """The document's bytes; InputError when the file cannot be read."""
        if self.data is not None:
            return self.data
        assert self.path is not None
        return read_bytes(self.path)


def inputs(source: Path) -> list[Input]:
    """All documents of a folder (not of its subfolders), by name, or of a .jsonl file.

    A line of JSON Lines is `{"id": ..., "text": ...}` or a JSON document with an `id`;
    without `id` the bundle is named by the line. InputError for a source that is neither.
    """
    if source.is_dir():
        return _of_folder(source)
    if source.suffix.lower() not in (".jsonl", ".ndjson"):
        if not source.exists():
            raise InputError("there is no such folder or file", place=str(source))
        raise InputError("must be a folder or a .jsonl file", place=str(source))
    return _of_lines(source)


def _of_folder(folder: Path) -> list[Input]:
    files = sorted(
        p
        for p in folder.iterdir()
        if p.is_file() and p.suffix.lower() in SUFFIXES and not p.name.startswith(".")
    )
    if not files:
        raise InputError(f"no documents in it ({', '.join(SUFFIXES)})", place=str(folder))
    stems = Counter(p.stem for p in files)
    media = _media_types()
    return [
        Input(
            name=p.name,
            # two documents of one stem keep their endings, so that neither hides the other
            output=f"{p.stem if stems[p.stem] == 1 else p.name}.json",
            modified_ns=p.stat().st_mtime_ns,
            media_type=media.get(p.suffix.lower()),
            path=p,
        )
        for p in files
    ]


def _media_types() -> dict[str, str]:
    plain, markdown, xml = "text/plain", "text/markdown", "application/xml"
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    kinds = [plain, plain, markdown, markdown, xml, xml, xml, "application/json"]
    kinds += ["application/pdf", word]
    return dict(zip(SUFFIXES, kinds, strict=True))


def _of_lines(source: Path) -> list[Input]:
    lines = read_bytes(source).splitlines()
    modified = source.stat().st_mtime_ns
    out = [
        _line(source, number, line, modified)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not out:
        raise InputError("no documents in it", place=str(source))
    twice = [name for name, n in Counter(i.output for i in out).items() if n > 1]
    if twice:
        raise InputError(f"two lines would write {twice[0]}", place=str(source))
    return out


def _line(source: Path, number: int, line: bytes, modified: int) -> Input:
    place = f"{source}:{number}"
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise MalformedDocument("not valid JSON", place=place) from None
    if not isinstance(record, dict):
        raise MalformedDocument("must be a JSON object", place=place)
    key = record.pop("id", None)
    stem = _UNSAFE.sub("_", str(key)).lstrip(".") if key is not None else ""
    output = f"{stem or f'{source.stem}-{number}'}.json"
    text = record.get("text")
    if isinstance(text, str):
        return Input(place, output, modified, "text/plain; charset=utf-8", data=text.encode())
    return Input(place, output, modified, "application/json", data=orjson.dumps(record))
