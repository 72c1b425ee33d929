"""What HPO calls the abnormal result of a test: "elevated" "creatine kinase"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import MappingError
from app.terminology.code import Code
from app.terminology.files import find
from app.terminology.keys import Keys
from app.terminology.systems import HPO

FILE = "vocabulary/language/abnormal.tsv"
_COLUMNS = ["result", "tests", "code", "display"]
_RESULTS = {"H": "high", "L": "low", "A": "abnormal", "POS": ""}


@dataclass(frozen=True)
class Abnormal:
    """The table `abnormal.tsv`, by result and words of the test in one spelling."""

    keys: Keys
    rows: Mapping[tuple[str, str], Code]

    def code(self, test: str, result: str) -> Code | None:
        """HPO's term for a test with a result called high (H), low (L), abnormal (A) or
        positive (POS)."""
        return self.rows.get((result, self._test(self.keys.normaliser.phrase(test))))

    def named(self, phrase: str) -> Code | None:
        """HPO's term for a phrase that says result and test: "elevated creatine kinase"."""
        rules = self.keys.words
        words = [w for w in self.keys.normaliser.phrase(phrase) if w not in rules.degrees]
        if len(words) < 2:
            return None
        for result, said in _RESULTS.items():
            known = rules.results.get(said, frozenset())
            if words[0] in known:
                rest = words[1:]
            elif words[-1] in known:
                rest = words[:-1]
            else:
                continue
            return self.rows.get((result, self._test(rest)))
        return None

    def _test(self, words: Sequence[str]) -> str:
        neutral = self.keys.words.results["neutral"]
        return " ".join([w for w in words if w not in neutral] or words)


def load_abnormal(folders: Sequence[Path], keys: Keys) -> Abnormal:
    """The table of the given mapping folders. Raises MappingError with file and line."""
    path = find(folders, FILE)
    if path is None:
        raise MappingError("the file is missing; install the mappings again", place=FILE)
    table = Abnormal(keys, {})
    rows: dict[tuple[str, str], Code] = {}
    header = False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        place = f"{path}:{number}"
        cells = [cell.strip() for cell in line.split("\t")]
        if not header:
            header = True
            if cells != _COLUMNS:
                raise MappingError(f"the columns must be {', '.join(_COLUMNS)}", place=place)
            continue
        if len(cells) != len(_COLUMNS) or not all(cells) or cells[0] not in _RESULTS:
            raise MappingError("a row is H, L, A or POS, tests, code, display", place=place)
        result, tests, code, display = cells
        for test in tests.split("|"):
            key = result, table._test(keys.normaliser.phrase(test))
            if rows.setdefault(key, Code(HPO, code, display)).code != code:
                raise MappingError(f"{test!r} has two codes", place=place)
    return Abnormal(keys, rows)
