"""Characters of a PDF with their places, read in a process of its own.

A PDF from a stranger may crash, hang or swell whoever reads it, so this file is run as a
program (see `app.documents.pdf_process`): the PDF comes in on standard input, one JSON object
goes out on standard output. It imports nothing of the package, takes no environment, opens no
file after its start and runs no script that the PDF brings along.

Arguments: most pages, most characters, seconds, bytes of memory.
Out: {"pages": [{"width", "height", "runs": [[text, x0, x1, baseline, size, bold, glued], ...]}]}
or {"error": "password" | "format" | "pages" | "characters"}. Lengths are points (1/72 inch), the
baseline is measured from the top; a run is a stretch of characters without a space, of one size
and on one baseline; `glued` is 1 when nothing stands between it and the run before, 2 when a
printed space does, and 0 for a jump.
"""

from __future__ import annotations

import ctypes
import json
import math
import resource
import signal
import sys
from typing import Any

import pypdfium2.raw as pdfium

_BOLD = 600
_BOLD_NAMES = (b"bold", b"black", b"heavy", b"semibold", b"-bd", b"demi")
_HYPHENS = (0x02, 0xFFFE, 0xAD)  # what PDFium makes of a hyphen at the end of a line
_SPACES = frozenset((0x09, 0x0A, 0x0D, 0x20, 0xA0, 0x3000, *range(0x2000, 0x200C)))


class _Style:
    """Size, weight and direction of a text object."""

    __slots__ = ("bold", "size", "turn")

    def __init__(self, page: Any, index: int) -> None:
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFText_GetMatrix(page, index, matrix)
        scale = math.hypot(matrix.c, matrix.d)
        self.size = pdfium.FPDFText_GetFontSize(page, index) * (scale or 1.0)
        name = ctypes.create_string_buffer(128)
        flags = ctypes.c_int()
        pdfium.FPDFText_GetFontInfo(page, index, name, 128, flags)
        known = name.value.lower()
        self.bold = pdfium.FPDFText_GetFontWeight(page, index) >= _BOLD or any(
            mark in known for mark in _BOLD_NAMES
        )
        angle = math.degrees(math.atan2(matrix.b, matrix.a)) if scale else 0.0
        # 0 to 3 quarter turns; 4 for a slant, which is a watermark
        turn = round(angle / 90)
        self.turn = turn % 4 if abs(angle - turn * 90) < 5 else 4


class _Run:
    """Characters that follow each other."""

    __slots__ = ("codes", "glued", "style", "x0", "x1", "y")

    def __init__(self, style: _Style, x0: float, y: float, glued: int) -> None:
        self.codes: list[int] = []
        self.style = style
        self.x0 = self.x1 = x0
        self.y = y
        self.glued = glued


def _upright(turn: int, x: float, y: float) -> tuple[float, float]:
    """The point as seen when text of this many quarter turns is held upright."""
    return ((x, y), (y, -x), (-x, -y), (-y, x))[turn]


def _runs(text: Any, count: int) -> list[_Run]:
    """The runs of a page in the order of its content."""
    styles: dict[int, _Style] = {}
    found: list[_Run] = []
    run: _Run | None = None
    glued = 0
    box = pdfium.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code in _SPACES or code == 0:
            printed = code == 0x20 and not pdfium.FPDFText_IsGenerated(text, index)
            run, glued = None, 2 if printed else 0
            continue
        if code in _HYPHENS:
            code = 0x2D
        elif code < 0x20:
            continue
        holder = pdfium.FPDFText_GetTextObject(text, index)
        key = ctypes.cast(holder, ctypes.c_void_p).value or -1 - index
        style = styles.get(key)
        if style is None:
            style = styles[key] = _Style(text, index)
        if style.turn == 4 or not pdfium.FPDFText_GetCharOrigin(text, index, x, y):
            continue
        if not pdfium.FPDFText_GetLooseCharBox(text, index, box):
            continue
        corners = (
            _upright(style.turn, box.left, box.bottom),
            _upright(style.turn, box.right, box.top),
        )
        x0, x1 = sorted((corners[0][0], corners[1][0]))
        base = _upright(style.turn, x.value, y.value)[1]
        if not all(map(math.isfinite, (x0, x1, base, style.size))):
            continue
        if run is not None:
            near = -0.5 * style.size < x0 - run.x1 < 0.6 * style.size
            shift = abs(base - run.y)
            if run.style.turn != style.turn or not near or shift > max(style.size, run.style.size):
                run, glued = None, 0
            elif (
                shift > 0.1
                or abs(run.style.size - style.size) > 0.1
                or (run.style.bold != style.bold)
            ):
                run = None
        if run is None:
            run = _Run(style, x0, base, glued)
            found.append(run)
        run.codes.append(code)
        run.x1 = max(run.x1, x1)
        glued = 1
    return found


def _words(codes: list[int]) -> str:
    """Code points, or UTF-16 units where PDFium gives these; what is no character is left out."""
    units = b"".join(
        code.to_bytes(2, "little") if code < 0x10000 else chr(code).encode("utf-16-le")
        for code in codes
        if code < 0x110000
    )
    return units.decode("utf-16-le", "ignore")


def _page(document: Any, number: int, room: int) -> tuple[dict[str, Any] | None, int]:
    """One page and how many characters it holds; None for a page that cannot be read."""
    page = pdfium.FPDF_LoadPage(document, number)
    if not page:
        return None, 0
    text = pdfium.FPDFText_LoadPage(page)
    count = max(pdfium.FPDFText_CountChars(text), 0) if text else 0
    if count > room:
        raise OverflowError
    runs = _runs(text, count) if count else []
    weights = [0, 0, 0, 0]
    for run in runs:
        weights[run.style.turn] += len(run.codes)
    turn = weights.index(max(weights))
    box = ctypes.c_float(), ctypes.c_float(), ctypes.c_float(), ctypes.c_float()
    if not pdfium.FPDFPage_GetMediaBox(page, *box):
        box = ctypes.c_float(0), ctypes.c_float(0), ctypes.c_float(612), ctypes.c_float(792)
    first = _upright(turn, box[0].value, box[1].value)
    second = _upright(turn, box[2].value, box[3].value)
    left, right = sorted((first[0], second[0]))
    bottom, top = sorted((first[1], second[1]))
    rows = [
        [
            _words(run.codes),
            round(run.x0 - left, 2),
            round(run.x1 - left, 2),
            round(top - run.y, 2),
            round(run.style.size, 2),
            int(run.style.bold),
            run.glued,
        ]
        for run in runs
        if run.style.turn == turn
    ]
    if text:
        pdfium.FPDFText_ClosePage(text)
    pdfium.FPDF_ClosePage(page)
    return {"width": round(right - left, 2), "height": round(top - bottom, 2), "runs": rows}, count


def _read(data: bytes, most_pages: int, most_characters: int) -> dict[str, Any]:
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        locked = pdfium.FPDF_GetLastError() in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        return {"error": "password" if locked else "format"}
    count = pdfium.FPDF_GetPageCount(document)
    if count > most_pages:
        return {"error": "pages"}
    pages = []
    room = most_characters
    for number in range(count):
        try:
            page, used = _page(document, number, room)
        except OverflowError:
            return {"error": "characters"}
        room -= used
        if page is not None:
            pages.append(page)
    return {"pages": pages} if pages else {"error": "format"}


def _limit(kind: int, amount: int) -> None:
    """A limit of this process, where the system knows it and does not set a lower one itself."""
    try:
        resource.setrlimit(kind, (amount, amount))
    except (OSError, ValueError):
        return


def main() -> None:
    most_pages, most_characters, seconds, memory = (int(one) for one in sys.argv[1:5])
    signal.alarm(seconds)  # ends the process even inside PDFium, even when the parent is gone
    _limit(resource.RLIMIT_CPU, seconds)
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    data = sys.stdin.buffer.read()
    answer = _read(data, most_pages, most_characters)
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8"))


if __name__ == "__main__":
    main()
