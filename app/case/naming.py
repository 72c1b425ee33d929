"""What a fact is called and coded as: the head with the words that belong to it.

The spotter marks heads tightly ("pain", "stenosis") and what is said of them apart ("low back",
"spinal"). A fact is named by both together when they stand together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.case.context import Context, Name, tidy
from app.case.model import Coding
from app.case.values import interpretation
from app.narrative.mentions import RelationKind
from app.terminology import Domain, Fit, normalise
from app.terminology.domains import ACCEPTED
from app.terminology.reduce import expand
from app.terminology.systems import HPO, ICD10CM
from app.text import Span

_PARTS = (RelationKind.SITE, RelationKind.DETAIL, RelationKind.SEVERITY)
# "compressing the left nerve root"
_FINDINGS = frozenset({Domain.DISEASE, Domain.FINDING})
_DETERMINERS = frozenset({"the", "his", "her", "their", "both"})
_GAPS = frozenset({"", "-", "–"})  # white space around them, any amount of it, counts for nothing
_WIDEST_GAP = 8  # characters


def _touching(context: Context, index: int) -> list[Span]:
    """Spans of the modifiers of a head that stand directly beside it, in the order of the text."""
    head = context.mentions[index].span
    text = context.narrative.document.text
    parts = sorted({context.mentions[m].span for kind in _PARTS for m in context.of(index, kind)})
    spans = [head]
    for part in reversed([p for p in parts if p.end <= head.start]):
        if _gap(text, part.end, spans[0].start) in _GAPS:
            spans.insert(0, part)
    for part in [p for p in parts if p.start >= head.end]:
        gap = _gap(text, spans[-1].end, part.start)
        if gap in _GAPS or gap in _DETERMINERS:
            spans.append(part)
    return spans


def _gap(text: str, start: int, end: int) -> str | None:
    """What stands between two places, without the white space of scanned and broken lines; None
    for another paragraph and what is far apart."""
    gap = text[start:end]
    if len(gap) > _WIDEST_GAP or "\n\n" in gap:
        return None
    return gap.strip().lower()


def full_span(context: Context, index: int) -> Span:
    """The head with the site and details beside it; a severity in front is left out."""
    severities = {context.mentions[m].span for m in context.of(index, RelationKind.SEVERITY)}
    spans = _touching(context, index)
    while spans[0] in severities and len(spans) > 1:
        spans.pop(0)
    return Span(spans[0].start, spans[-1].end)


def without_details(context: Context, index: int) -> str:
    """The head with the sites that touch it, but without details and severity."""
    dropped = {
        context.mentions[m].span
        for kind in (RelationKind.DETAIL, RelationKind.SEVERITY)
        for m in context.of(index, kind)
    }
    text = context.narrative.document.text
    kept = [s for s in _touching(context, index) if s not in dropped]
    return tidy(" ".join(text[s.start : s.end] for s in kept))


def _wordings(context: Context, index: int, whole: Span, domain: Domain) -> Iterator[str]:
    """Wordings to look up, the most exact first: the term of the vocabulary in which the words
    stand, with a site behind it, as it stands, with a site that stands apart in front of it."""
    text = context.narrative.document.text
    head = context.mentions[index].span
    sites = [context.mentions[s].span for s in context.of(index, RelationKind.SITE)]
    tails = [
        site
        for site in sites
        if whole.end <= site.start
        and context.kinds.site_link.fullmatch(text[whole.end : site.start])
    ]
    term = _term_around(context, index, domain)
    if term is not None and term.length > whole.length:
        yield tidy(text[term.start : term.end])
    for tail in sorted(tails, reverse=True):
        yield tidy(text[whole.start : tail.end])
        yield tidy(f"{text[tail.start : tail.end]} {text[whole.start : whole.end]}")
    yield tidy(text[whole.start : whole.end])
    for site in sites:
        if site.end <= head.start:
            yield tidy(f"{text[site.start : site.end]} {text[head.start : head.end]}")


def _term_around(context: Context, index: int, domain: Domain) -> Span | None:
    """The term of the vocabulary that the text has around a mention: "conductive hearing loss"
    where the spotter marked "hearing loss". None when another head or the cue of what is asserted
    stands in it: "absent reflexes", said to be absent, is no areflexia that is absent."""
    mention = context.mentions[index]
    tokens = context.narrative.sentences[mention.sentence].tokens
    for match in context.vocabulary.matches(tokens):
        term = Span(tokens[match.start_token].span.start, tokens[match.end_token - 1].span.end)
        if not term.covers(mention.span):
            continue
        if not match.exact or not match.domains & ACCEPTED[domain]:
            return None
        cue = mention.assertion.cue
        if cue is not None and term.overlaps(cue):
            return None
        others = (i for i in context.named_in(mention.sentence) if i != index)
        return None if any(term.overlaps(context.mentions[i].span) for i in others) else term
    return None


def finding_of(context: Context, index: int, results: Sequence[int]) -> tuple[Coding, ...]:
    """HPO's code of an abnormal result that HPO has a name for: "increased" "deep tendon
    reflexes". Of the result in words, not of a number, and not of a change to one."""
    text = context.narrative.document.text
    ends = {r: context.mentions[r].span.end + _WIDEST_GAP for r in results}
    results = [
        r
        for r in results
        if not context.kinds.trend.search(text, context.mentions[r].span.start, ends[r])
    ]
    for result in results:
        phrase = f"{context.words(result)} {context.words(index)}"
        hit = context.vocabulary.lookup(phrase, Domain.FINDING, expansions=context.abbreviations)
        known = hit.codes if hit is not None and hit.fit is Fit.EXACT else ()
        if found := tuple(Coding(**c._asdict()) for c in known if c.system == HPO):
            return found
    if _of_other_specimen(context, index):
        return ()
    test = expand(context.words(index), context.abbreviations)
    for result in results:
        said = interpretation(context, context.mentions[result].span)
        code = context.vocabulary.abnormal.code(test, said.code.value) if said else None
        if code is not None:
            return (Coding(**code._asdict()),)
    return ()


def _of_other_specimen(context: Context, index: int) -> bool:
    """Whether the sentence speaks of urine, spinal fluid or the like: a low glucose there is no
    hypoglycemia."""
    return context.kinds.other_specimen.search(context.sentence_text(index)) is not None


def name_of(context: Context, index: int, domain: Domain) -> Name:
    """The name of one mention with the codes of its most exact wording that has some.

    When none has, codes of a broader term that stays true without the left out words are taken:
    site, severity and details stand on the fact beside them.
    """
    if (index, domain) not in context.names:
        context.names[index, domain] = _name_of(context, index, domain)
    return context.names[index, domain]


def _name_of(context: Context, index: int, domain: Domain) -> Name:
    span = full_span(context, index)
    words = tidy(context.narrative.document.quote(span))
    codes: dict[str, tuple[Coding, ...]] = {}
    for wording in _wordings(context, index, span, domain):
        _add(codes, context.codes(wording, domain))
    # "Unspecified" of the classification is wrong where the text is specific.
    for rest in _nearer(context, index, span):
        _add(codes, context.codes(rest, domain), left_out=ICD10CM)
    if words != context.words(index) and not _another_test(context, index, words, domain):
        _add(codes, context.codes(context.words(index), domain), left_out=ICD10CM)
    if not codes:
        _add(codes, context.codes(words, domain, broader=True))
    if domain is Domain.TEST:
        codes = {system: _in_sense(context, index, own) for system, own in codes.items()}
    if any(context.kinds.unsited.search(c.display or "") for c in codes.get(ICD10CM, ())):
        sites = (context.mentions[s].span for s in context.of(index, RelationKind.SITE))
        if not all(span.covers(site) for site in sites):
            del codes[ICD10CM]
    if domain in _FINDINGS:
        if HPO not in codes and not _of_other_specimen(context, index):
            _add(codes, _abnormal(context, words))
        if not codes:
            _add(codes, _shape(context, index, words))
    return Name(words, span, tuple(code for own in codes.values() for code in own))


def _another_test(context: Context, index: int, words: str, domain: Domain) -> bool:
    """Whether words beside a test make another test of it: a fungal blood culture does not look for
    bacteria. Words that say of what it is, when or how much do not."""
    if domain is not Domain.TEST:
        return False
    head = normalise(context.words(index))
    return any(w not in head and not context.vocabulary.passes(w) for w in normalise(words))


def _in_sense(context: Context, index: int, codes: tuple[Coding, ...]) -> tuple[Coding, ...]:
    """The codes of a test that the sentence does not give another sense."""
    sentence = context.sentence_text(index)
    wrong = [d for d, words in context.kinds.other_sense if words.search(sentence)]
    return tuple(c for c in codes if not any(d.search(c.display or "") for d in wrong))


def _abnormal(context: Context, words: str) -> tuple[Coding, ...]:
    """HPO's code of "elevated creatine kinase", told as one."""
    code = context.vocabulary.abnormal.named(expand(words, context.abbreviations))
    return (Coding(**code._asdict()),) if code is not None else ()


def _shape(context: Context, index: int, words: str) -> tuple[Coding, ...]:
    """SNOMED CT's code of a change of shape or substance ("lesion", "necrosis", "dilated"), for
    what no vocabulary knows as a finding; where it is stands on the fact beside it."""
    return context.codes(words, Domain.MORPHOLOGY, broader=True) or context.codes(
        context.words(index), Domain.MORPHOLOGY, broader=True
    )


def _add(
    found: dict[str, tuple[Coding, ...]], codes: Sequence[Coding], *, left_out: str = ""
) -> None:
    """Adds the codes of systems that no more exact wording has codes of: each vocabulary knows
    a thing as exactly as it can."""
    new: dict[str, tuple[Coding, ...]] = {}
    for code in codes:
        if code.system not in found and code.system != left_out:
            new[code.system] = (*new.get(code.system, ()), code)
    found.update(new)


def _nearer(context: Context, index: int, whole: Span) -> Iterator[str]:
    """The head with the last words of a long site before it: "abdominal pain" of "right lower
    quadrant abdominal pain"."""
    text = context.narrative.document.text
    head = context.mentions[index].span
    before = text[whole.start : head.start].split()
    for kept in range(len(before) - 1, 0, -1):
        yield tidy(" ".join([*before[-kept:], text[head.start : whole.end]]))


def best_name(context: Context, members: Sequence[int], domain: Domain) -> Name:
    """The name of a group: its longest coded wording that is spelt out, else the longest."""
    names = [name_of(context, index, domain) for index in members]
    short = {a.lower() for a in context.abbreviations}
    spelt = [n for n in names if n.text.lower() not in short] or names
    coded = [n for n in spelt if n.codes]
    best = max(coded or spelt, key=lambda n: (min(len(n.text), 60), -n.span.start))
    codes = best.codes or next((n.codes for n in names if n.codes), ())
    return Name(best.text, best.span, codes)
