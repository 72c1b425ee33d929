"""How much of a text came back, in order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from app.text import BlockKind, Document

_WORD = re.compile(r"\w+")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "          ")


def grams(
    document: Document,
    kinds: Iterable[BlockKind] | None = None,
    size: int = 5,
    *,
    across: bool = False,
) -> Counter[tuple[str, ...]]:
    """Runs of `size` words in the blocks of these kinds (of all kinds but headings without),
    without regard to case and signs; `across` the borders of blocks, or inside them only."""
    wanted = set(kinds) if kinds is not None else set(BlockKind) - {BlockKind.HEADING}
    texts = [document.quote(block.span) for block in document.blocks if block.kind in wanted]
    found: Counter[tuple[str, ...]] = Counter()
    for text in ["\n".join(texts)] if across else texts:
        words = _WORD.findall(text.translate(_RAISED).casefold())
        found.update(zip(*(words[index:] for index in range(size)), strict=False))
    return found


def share(wanted: Counter[tuple[str, ...]], there: Counter[tuple[str, ...]]) -> float:
    """The part of `wanted` that is `there` too."""
    total = sum(wanted.values())
    return sum((wanted & there).values()) / total if total else 1.0
