"""Whether a server holds what was sent to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

_SPACE = re.compile(r"\s+")


def differences(sent: Any, held: Any, base_url: str, path: str = "") -> Iterator[str]:
    """The paths at which `held` lacks or changes what was `sent`; what the server adds (ids,
    versions, text) is no difference, nor is 1.50 for 1.5, 12 for "12" or an absolute
    reference."""
    if isinstance(sent, dict):
        if not isinstance(held, dict):
            yield path
            return
        for name, value in sent.items():
            here = f"{path}.{name}" if path else name
            if name not in held:
                yield here
            elif name == "div" and isinstance(value, str):
                if not _same_words(value, held[name]):
                    yield here
            elif name == "reference" and isinstance(value, str):
                if _relative(value, base_url) != _relative(str(held[name]), base_url):
                    yield here
            elif name == "tag" and path == "meta":
                if any(not any(_has(h, t) for h in held[name]) for t in value):
                    yield here
            else:
                yield from differences(value, held[name], base_url, here)
    elif isinstance(sent, list):
        if not isinstance(held, list) or len(held) != len(sent):
            yield path
            return
        for i, (a, b) in enumerate(zip(sent, held, strict=True)):
            yield from differences(a, b, base_url, f"{path}[{i}]")
    elif not _same(sent, held):
        yield path


def _has(held: Any, tag: dict[str, Any]) -> bool:
    return isinstance(held, dict) and all(held.get(k) == v for k, v in tag.items())


def _same(sent: Any, held: Any) -> bool:
    numbers = (int, float, Decimal)
    if isinstance(sent, bool) or isinstance(held, bool):
        return sent is held
    if isinstance(sent, numbers) and isinstance(held, numbers):
        return Decimal(str(sent)) == Decimal(str(held))
    if isinstance(sent, str) and isinstance(held, int):
        return sent == str(held)  # an integer64 of R5 is a string in JSON; HAPI writes a number
    return bool(sent == held)


def _relative(reference: str, base_url: str) -> str:
    return reference.removeprefix(f"{base_url}/").split("/_history/")[0]


def _same_words(sent: str, held: Any) -> bool:
    """Narratives are compared by their words: servers write the markup anew."""

    def words(div: str) -> str:
        import html

        return _SPACE.sub(" ", html.unescape(re.sub(r"<[^>]*>", " ", div))).strip()

    return isinstance(held, str) and words(sent) == words(held)
