"""The files of a release, in a folder or a zip archive, read as a stream and never unpacked."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from app.errors import EncodingError, InputError, MalformedDocument, TooLarge, UnsafeDocument

# The largest file of a SNOMED CT release has about 400 MB; text shrinks to a tenth when zipped.
LARGEST = 4_000_000_000
_RATIO = 200
_RATIO_FROM = 50_000_000


class Archive:
    """A folder, a zip archive, or a single file."""

    def __init__(self, path: Path) -> None:
        """Look at what is there. Raises InputError (and below) for what is not to be read."""
        self.path = path
        self._zip: zipfile.ZipFile | None = None
        if path.is_dir():
            files = (p for p in sorted(path.rglob("*")) if p.is_file())
            self.names = [str(p.relative_to(path)) for p in files]
        elif not path.is_file():
            raise InputError("there is no such file or folder", place=str(path))
        elif zipfile.is_zipfile(path):
            self._open_zip()
        else:
            self.names = [path.name]

    def _open_zip(self) -> None:
        try:
            self._zip = zipfile.ZipFile(self.path)
        except (zipfile.BadZipFile, OSError) as error:
            raise MalformedDocument("not a readable zip archive", place=str(self.path)) from error
        self.names = []
        for info in self._zip.infolist():
            name = PurePosixPath(info.filename.replace("\\", "/"))
            if name.is_absolute() or ".." in name.parts:
                raise UnsafeDocument(
                    "a name in the archive leads out of it; get the release again",
                    place=str(self.path),
                )
            if not info.is_dir():
                self.names.append(info.filename)

    def find(self, pattern: str, what: str) -> str:
        """The one file whose name (without folders) fits. InputError for none and for several."""
        found = [n for n in self.names if re.fullmatch(pattern, PurePosixPath(n).name)]
        if not found:
            raise InputError(f"there is no {what} in it", place=str(self.path))
        if len(found) > 1:
            raise InputError(
                f"there are {len(found)} files that may be the {what}; name the folder of one"
                " release",
                place=str(self.path),
            )
        return found[0]

    def has(self, pattern: str) -> bool:
        """Whether there is a file whose name fits."""
        return any(re.fullmatch(pattern, PurePosixPath(n).name) for n in self.names)

    def place(self, name: str, line: int) -> str:
        """File and line, for messages."""
        inside = "" if self.path.is_file() and self._zip is None else f"/{name}"
        return f"{self.path}{inside}:{line}"

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """The bytes of a file. TooLarge for more than text can be."""
        if self._zip is None:
            path = self.path / name if self.path.is_dir() else self.path
            if path.stat().st_size > LARGEST:
                raise TooLarge(f"larger than {LARGEST} bytes", place=self.place(name, 1))
            with path.open("rb") as file:
                yield file
            return
        info = self._zip.getinfo(name)
        bomb = info.file_size > _RATIO_FROM and info.file_size > _RATIO * info.compress_size
        if info.file_size > LARGEST or bomb:
            raise TooLarge("unpacks to more than such a table can hold", place=self.place(name, 1))
        if info.flag_bits & 1:
            raise InputError("the archive has a password; unpack it", place=str(self.path))
        with self._zip.open(info) as packed:
            yield packed

    def lines(self, name: str) -> Iterator[tuple[int, str]]:
        """The lines of a file in UTF-8, numbered, without their ends."""
        number = 0
        try:
            with self.open(name) as file:
                for raw in file:
                    number += 1
                    line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                    yield number, line.rstrip("\r\n")
        except UnicodeDecodeError:
            raise EncodingError("not UTF-8", place=self.place(name, number)) from None
        except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError) as error:
            raise MalformedDocument(
                "the archive is damaged", place=self.place(name, number)
            ) from error

    def close(self) -> None:
        """Close the archive."""
        if self._zip is not None:
            self._zip.close()
