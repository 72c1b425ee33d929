"""The process that reads a PDF: started for one document, limited, and ended.

PDFium is C++ that parses what strangers send. Its process has its own limits of time and
memory and none of our environment; what happens to it becomes an error about the document.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from app.errors import MalformedDocument, TooLarge, UnsafeDocument
from app.settings import Settings

WORKER = Path(__file__).with_name("pdf_worker.py")
START_SECONDS = 5
"""What starting Python may take on a busy machine, on top of the time for reading."""

_ENDED_BY_TIME = frozenset({-signal.SIGALRM, -signal.SIGXCPU, -signal.SIGKILL})


class Run(NamedTuple):
    """Characters in one size on one baseline without a space; lengths in points, y downwards.

    `glued` is 1 when nothing stands between it and the run before it, 2 when a printed space
    does, and 0 for a jump (which may be a space that is not printed as a character).
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    glued: int


class Page(NamedTuple):
    """A page, held upright, and its runs in the order in which the PDF draws them."""

    width: float
    height: float
    runs: tuple[Run, ...]


def read_pages(data: bytes, settings: Settings) -> list[Page]:
    """The pages of a PDF. MalformedDocument, UnsafeDocument or TooLarge when it has none to give.

    A page that PDFium cannot read is left out; a document without any readable one is refused.
    """
    answer = _ask(data, settings)
    problem = answer.get("error")
    if problem == "password":
        raise UnsafeDocument("The PDF is encrypted. Send it without a password.")
    if problem == "pages":
        raise TooLarge(
            f"The PDF has more than {settings.max_pdf_pages} pages. Send the report alone, or "
            "raise CASE2FHIR_MAX_PDF_PAGES."
        )
    if problem == "characters":
        raise TooLarge(
            f"The PDF holds more than {settings.max_text_characters} characters. Send a shorter "
            "one, or raise CASE2FHIR_MAX_TEXT_CHARACTERS."
        )
    if problem or not isinstance(answer.get("pages"), list):
        raise _broken()
    return [
        Page(page["width"], page["height"], tuple(_run(*row) for row in page["runs"]))
        for page in answer["pages"]
    ]


def _run(text: str, x0: float, x1: float, y: float, size: float, bold: int, glued: int) -> Run:
    return Run(text, x0, x1, y, size, bool(bold), glued)


def _broken() -> MalformedDocument:
    return MalformedDocument(
        "The PDF is broken or cut off: it cannot be opened. Save it anew, or send its text."
    )


def _ask(data: bytes, settings: Settings) -> dict[str, Any]:
    """What the process answers."""
    seconds = math.ceil(settings.pdf_timeout_seconds)
    numbers = (
        settings.max_pdf_pages,
        settings.max_text_characters,
        seconds,
        settings.max_pdf_memory_bytes,
    )
    # No shell and no data of the sender in the arguments; "-P" keeps this folder off the path.
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-S", str(WORKER), *map(str, numbers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # The packages of this process, and no settings, passwords or keys.
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"},
        close_fds=True,
    )
    with process:
        try:
            out, _ = process.communicate(data, timeout=seconds + START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            out = b""
    if process.returncode in _ENDED_BY_TIME:
        raise TooLarge(
            f"The PDF could not be read within {seconds} seconds. Send a simpler one or its "
            "text, or raise CASE2FHIR_PDF_TIMEOUT_SECONDS."
        )
    if process.returncode != 0:
        raise MalformedDocument(
            "The PDF cannot be read: the process that reads it ended, or it needs more than "
            f"{settings.max_pdf_memory_bytes} bytes of memory "
            "(CASE2FHIR_MAX_PDF_MEMORY_BYTES). Save it anew, or send its text."
        )
    try:
        answer = json.loads(out)
    except ValueError:
        raise _broken() from None
    return answer if isinstance(answer, dict) else {}
