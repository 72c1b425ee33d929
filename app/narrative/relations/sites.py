"""A part of the body that is said of several problems at once, or is the subject of its clause.

The trained weights give a site to the problem beside it. What goes with it follows from how the
problems are listed ("papules and vesicles on the trunk": both are there), and from what the clause
is about ("the left arm showed swelling and redness": both are of the arm).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.narrative.mentions import MentionKind, RelationKind
from app.narrative.relations.layout import Layout
from app.narrative.relations.pairs import Found
from app.narrative.relations.table import Sites

_SITE = RelationKind.SITE
_PROBLEMS = frozenset({MentionKind.SYMPTOM, MentionKind.DISEASE})
_JOINS = frozenset({(), ("and",), ("or",), (",",), (",", "and"), (",", "or"), ("/",)})
_DENYING = frozenset({",", "and", "but", "with", "without", "no", "any"})
_ADVERB = "ly"


def shared_sites(layout: Layout, table: Sites, found: Sequence[Found]) -> list[Found]:
    """`found` with the sites of problems that are said together."""
    mentions = layout.mentions
    sites = [i for i, m in enumerate(mentions) if m.kind is MentionKind.SITE]
    problems = [i for i, m in enumerate(mentions) if m.kind in _PROBLEMS]
    if not sites or not problems:
        return list(found)
    out = list(found)
    placed = {h for kind, h, _ in found if kind is _SITE}
    for site in sites:
        heads = [h for kind, h, m in found if kind is _SITE and m == site]
        listed = [h for h in heads if _behind(layout, table, h, site)]
        nearest = max((p for p in problems if layout.last[p] <= layout.first[site]), default=None)
        if not listed and nearest is not None and _behind(layout, table, nearest, site):
            listed = [nearest]  # "tenderness to palpation over the spine"
            out = [f for f in out if not _is_study(layout, f, site)] + [(_SITE, nearest, site)]
        if listed:
            more = list(_before(layout, table, problems, min(listed)))
        else:
            subject = _subject_of(layout, table, site, problems)
            if subject is None:
                continue
            out = [f for f in out if not _is_study(layout, f, site)]
            more = [subject, *_following(layout, problems, subject)]
        out += [
            (_SITE, head, site)
            for head in more
            if head not in placed and not table.nowhere.intersection(layout.text(head))
        ]
    return out


def _behind(layout: Layout, table: Sites, head: int, site: int) -> bool:
    """Whether a site follows its problem with nothing but a preposition of place between, and
    words of seeing, or goes on a list of sites that does."""
    if layout.last[head] > layout.first[site] or layout.mentions[head].kind not in _PROBLEMS:
        return False
    gap = [w for w in layout.gap(head, site) if w not in table.determiners]
    while gap[-1:] and gap[-1] in ("and", ",", "or", "<site>"):
        gap.pop()
    return (
        bool(gap)
        and gap[-1] in table.prepositions
        and all(w in table.seen or w in table.forms for w in gap[:-1])
    )


def _before(layout: Layout, table: Sites, problems: Sequence[int], head: int) -> Iterator[int]:
    """The problems of the list that ends with `head`, from there backwards; what is said of one
    of them alone ends the list."""
    for other in reversed(problems[: problems.index(head)]):
        if tuple(w for w in layout.gap(other, head) if w not in table.forms) not in _JOINS:
            return
        yield other
        head = other


def _following(layout: Layout, problems: Sequence[int], head: int) -> Iterator[int]:
    """The problems of the list that begins with `head`."""
    for other in problems[problems.index(head) + 1 :]:
        gap = layout.gap(head, other)
        if tuple(gap) not in _JOINS and not _denied(gap):
            return
        yield other
        head = other


def _denied(gap: Sequence[str]) -> bool:
    """Whether a problem goes on as what was not there: "soft, with no tenderness"."""
    return ("no" in gap or "without" in gap) and all(w in _DENYING for w in gap)


def _subject_of(layout: Layout, table: Sites, site: int, problems: Sequence[int]) -> int | None:
    """The first problem of the clause whose subject is the site: "the bowel was congested"."""
    behind = [p for p in problems if layout.first[p] >= layout.last[site]]
    if not behind:
        return None
    gap = layout.gap(site, behind[0])
    while gap and (gap[0] in ("and", ",", "<site>") or gap[0] in table.determiners):
        gap = gap[1:]  # the sites that are listed with it
    if gap[:1] and gap[0] in table.relatives:
        gap = gap[1:]
    elif not _begins_clause(layout, table, site):
        return None
    if not gap or gap[0] not in table.verbs:
        return None
    if all(w in table.fillers or w.endswith(_ADVERB) for w in gap[1:]):
        return behind[0]
    return None


def _begins_clause(layout: Layout, table: Sites, site: int) -> bool:
    """Whether the site, or the list of sites that ends with it, begins its clause; a study that
    is told of before it ("on examination the arm showed ...") belongs to the clause."""
    at = layout.first[site] - 1
    while at >= 0:
        word, cover = layout.words[at], layout.cover[at]
        kind = layout.mentions[cover].kind if cover >= 0 else None
        if word in table.openers and kind is None:
            return True
        if kind is MentionKind.TEST:
            return True
        if kind not in (MentionKind.SITE, MentionKind.DETAIL) and word not in table.determiners:
            if word not in ("and", ","):
                return False
            before = layout.cover[at - 1] if at else -1
            if before < 0 or layout.mentions[before].kind is not MentionKind.SITE:
                return True
        at -= 1
    return True


def _is_study(layout: Layout, relation: Found, site: int) -> bool:
    kind, head, modifier = relation
    return (
        kind is _SITE
        and modifier == site
        and layout.mentions[head].kind is MentionKind.TEST
        and layout.last[head] <= layout.first[site]
    )
