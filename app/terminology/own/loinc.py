"""LOINC's table, `Loinc.csv`: active laboratory and clinical terms under their own names."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from app.errors import EncodingError, InputError
from app.terminology.build.writer import Term
from app.terminology.code import Code
from app.terminology.domains import Domain
from app.terminology.own.archive import Archive
from app.terminology.own.stream import StreamWriter
from app.terminology.pack import TermKind
from app.terminology.systems import LOINC

TABLE = r"Loinc\.csv"
_NEEDED = ("LOINC_NUM", "COMPONENT", "CLASSTYPE", "STATUS", "LONG_COMMON_NAME")
_SYNONYMS = ("DisplayName", "SHORTNAME", "CONSUMER_NAME")
_CLASSES = ("1", "2")  # laboratory, clinical; the others are attachments and surveys


class Table:
    """The table, opened; its `version` is known after it was written."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._name = archive.find(TABLE, "Loinc.csv")
        self.version = ""
        next(self._rows(), None)  # wrong columns are said before the long part

    def _rows(self) -> Iterator[dict[str, str]]:
        number = 0

        def lines() -> Iterator[str]:
            nonlocal number
            for number, line in self._archive.lines(self._name):  # noqa: B007 - for messages
                yield line

        try:
            reader = csv.reader(lines(), strict=True)
            head = next(reader, [])
            missing = [name for name in _NEEDED if name not in head]
            if missing:
                raise InputError(
                    f"the column {missing[0]} is missing", place=self._archive.place(self._name, 1)
                )
            for cells in reader:
                if len(cells) != len(head):
                    raise InputError(
                        f"{len(cells)} columns, not {len(head)}",
                        place=self._archive.place(self._name, number),
                    )
                yield dict(zip(head, cells, strict=True))
        except csv.Error as error:
            raise EncodingError(
                f"not CSV: {error}", place=self._archive.place(self._name, number)
            ) from None

    def write(self, writer: StreamWriter) -> None:
        """Give all active terms to the writer.

        A component counts only where one term alone has it: of several, none is certain.
        """
        newest = (0, 0)
        for row in self._rows():
            newest = max(newest, _version(row.get("VersionLastChanged", "")))
            if row["STATUS"] != "ACTIVE" or row["CLASSTYPE"] not in _CLASSES:
                continue
            name = row["LONG_COMMON_NAME"]
            code = Code(LOINC, row["LOINC_NUM"], name)
            number = writer.concept(code, frozenset({Domain.TEST}))
            writer.term(number, Term(name))
            for column in _SYNONYMS:
                if row.get(column):
                    writer.term(number, Term(row[column], TermKind.SYNONYM))
            writer.term(number, Term(row["COMPONENT"], TermKind.DERIVED))
        self.version = f"{newest[0]}.{newest[1]}" if newest > (0, 0) else ""


def _version(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else (0, 0)
