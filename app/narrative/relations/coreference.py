"""Words that take up something said before: "the mass", "this procedure"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.narrative.mentions import Mention, MentionKind, Sentence
from app.narrative.relations.table import Coreference

_CLASS: Mapping[MentionKind, str] = {
    MentionKind.SYMPTOM: "problem",
    MentionKind.DISEASE: "problem",
    MentionKind.PROCEDURE: "procedure",
    MentionKind.MEDICATION: "medication",
    MentionKind.TEST: "test",
}
_FAR = 12  # sentences; farther back a general noun is not looked up


def antecedents(
    sentences: Sequence[Sentence],
    mentions: Sequence[Mention],
    words: Sequence[Sequence[str]],
    before: Sequence[str],
    table: Coreference,
) -> list[tuple[int, int]]:
    """(antecedent, mention) for each mention that takes up an earlier one.

    `words[i]` are the lower-case words of mention i, `before[i]` the word in front of it.
    """
    out: list[tuple[int, int]] = []
    meant: dict[int, int] = {}
    order = sorted(range(len(mentions)), key=lambda i: (mentions[i].sentence, mentions[i].span))
    for place, index in enumerate(order):
        mention = mentions[index]
        if not words[index]:
            continue
        general = mention.kind is MentionKind.COREFERENCE
        if not general and not _definite(words[index], before[index], mention, table):
            continue
        earlier = [
            i
            for i in reversed(order[:place])
            if words[i]
            and (mentions[i].kind in _CLASS or i in meant)
            and sentences[mentions[i].sentence].patient == sentences[mention.sentence].patient
            and not mentions[i].span.overlaps(mention.span)
        ]
        found = _antecedent(index, earlier, mentions, words, table, general=general)
        if found is not None:
            meant[index] = meant.get(found, found)
            out.append((meant[index], index))
    return out


def _definite(words: Sequence[str], before: str, mention: Mention, table: Coreference) -> bool:
    """A bare general noun with a determiner, "the mass", that the spotter took for a new thing."""
    kind = _CLASS.get(mention.kind)
    return (
        kind is not None
        and len(words) == 1
        and before in table.determiners
        and words[0] in table.nouns[kind]
    )


def _antecedent(
    index: int,
    earlier: Sequence[int],
    mentions: Sequence[Mention],
    words: Sequence[Sequence[str]],
    table: Coreference,
    *,
    general: bool,
) -> int | None:
    noun = _singular(words[index][-1])
    for other in earlier:
        if _singular(words[other][-1]) == noun and (general or len(words[other]) >= 1):
            return other
    if not general:
        return None
    classes = {name for name, nouns in table.nouns.items() if words[index][-1] in nouns}
    pronoun = words[index][-1] in table.pronouns
    far = 1 if pronoun else _FAR
    for other in earlier:
        if mentions[index].sentence - mentions[other].sentence > far:
            break
        if pronoun or _CLASS.get(mentions[other].kind) in classes:
            return other
    return None


def _singular(word: str) -> str:
    """A plural and its singular as one; crude, but both sides are treated alike."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "is", "us")):
        return word[:-1]
    return word.replace("tumour", "tumor").replace("haem", "hem")
