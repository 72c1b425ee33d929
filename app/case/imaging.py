"""Imaging and pathology: one study per examination performed, with what it showed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from app.case.context import Context, evidence, tidy
from app.case.ids import Ids
from app.case.model import Coding, Imaging, Pathology, Phrase, Procedure, Site
from app.case.naming import best_name, full_span
from app.case.results import result_span
from app.narrative.mentions import MentionKind, Mode, Presence, RelationKind
from app.terminology import Domain
from app.text import BlockKind, Span

DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_SPECIMEN = re.compile(
    r"\b(?:resected|excised|removed|surgical|biopsy|operative)?\s*"
    r"(?:specimens?|tissues?|samples?|biops(?:y|ies)|materials?)\b",
    re.IGNORECASE,
)


def imaging_indices(context: Context) -> list[int]:
    """Test mentions that name an imaging examination of the patient."""
    return [
        i
        for i, m in enumerate(context.mentions)
        if m.kind is MentionKind.TEST
        and context.patient(i) is not None
        and m.assertion.mode not in (Mode.GENERAL, Mode.HYPOTHETICAL)
        and context.kinds.modality(context.words(i))
    ]


def pathology_indices(context: Context) -> list[int]:
    """Test mentions that name the examination of tissue."""
    taken = set(imaging_indices(context))
    return [
        i
        for i, m in enumerate(context.mentions)
        if m.kind is MentionKind.TEST
        and i not in taken
        and context.patient(i) is not None
        and m.assertion.mode not in (Mode.GENERAL, Mode.HYPOTHETICAL)
        and context.kinds.pathology.search(context.words(i))
    ]


def _modality_code(context: Context, index: int) -> str:
    named = context.kinds.modality(context.words(index))
    return named[0] if named else ""


def _region(context: Context, index: int) -> frozenset[str]:
    """The regions that a study mention, the words before it and its sites name."""
    sites = " ".join(context.words(s) for s in context.of(index, RelationKind.SITE))
    span = full_span(context, index)
    return context.kinds.regions(f"{context.narrative.document.quote(span)} {sites}")


def group_imaging(context: Context) -> list[list[int]]:
    """Mentions of one examination: same patient and modality, region not at odds, and no word
    that makes it a repeated one. A legend adds to the study that it shows."""
    groups: list[list[int]] = []
    for index in imaging_indices(context):
        home = _home(context, groups, index)
        if home is None:
            groups.append([index])
        else:
            home.append(index)
    return groups


def _home(context: Context, groups: Sequence[list[int]], index: int) -> list[int] | None:
    sentence = context.narrative.sentences[context.mentions[index].sentence]
    legend = sentence.block.kind in (BlockKind.LEGEND, BlockKind.TABLE)
    region = _region(context, index)
    before = context.narrative.document.text[
        max(sentence.span.start, context.mentions[index].span.start - 40) : context.mentions[
            index
        ].span.end
    ]
    again = bool(context.kinds.again.search(before)) and not legend
    timed = bool(context.of(index, RelationKind.TIME)) and not legend
    if again or timed:
        return None
    for members in reversed(groups) if not legend else groups:
        if context.patient(members[0]) != context.patient(index):
            continue
        if _modality_code(context, members[0]) != _modality_code(context, index):
            continue
        known = frozenset().union(*(_region(context, m) for m in members))
        if region and known and not region & known:
            continue
        return members
    return None


def make_imaging(
    context: Context, ids: Ids, members: Sequence[int], findings: Sequence[str]
) -> Imaging:
    """One imaging study of a group of mentions."""
    first = members[0]
    patient = context.patient(first) or ""
    said = best_name(context, members, Domain.IMAGING)
    name = said.text
    code, display, _ = context.kinds.modality(context.words(first)) or ("", "", (0, 0))
    modality = Phrase(
        text=display,
        evidence=evidence(_modality_span(context, i) for i in members),
        codes=(Coding(system=DICOM, code=code, display=display),),
    )
    mode = context.mentions[first].assertion.mode
    return Imaging(
        id=ids.make("imaging", patient, code, name),
        patient=patient,
        name=name,
        name_evidence=evidence([said.span]),
        evidence=evidence(s for i in members for s in _focus(context, i)),
        codes=said.codes,
        modality=(modality,),
        site=study_sites(context, members),
        contrast=_cue(context, members, context.kinds.contrast),
        plane=_cues(context, members, context.kinds.plane),
        findings=tuple(findings),
        conclusion=_conclusion(context, members),
        planned=mode is Mode.PLANNED,
        time=context.first_phrase(members, RelationKind.TIME),
    )


def _focus(context: Context, index: int) -> tuple[Span, ...]:
    """The words that name a study: its own, and with the region that stands beside or behind them
    ("CT", "chest CT", "CT of the chest")."""
    span, whole = context.mentions[index].span, full_span(context, index)
    text = context.narrative.document.text
    for site in context.of(index, RelationKind.SITE):
        end = context.mentions[site].span.end
        start = context.mentions[site].span.start
        if whole.end <= start and context.kinds.site_link.fullmatch(text[whole.end : start]):
            whole = Span(whole.start, end)
    return (span,) if whole == span else (span, whole)


def _modality_span(context: Context, index: int) -> Span:
    span = context.mentions[index].span
    raw = context.narrative.document.quote(span)
    named = context.kinds.modality(raw)
    return Span(span.start + named[2][0], span.start + named[2][1]) if named else span


def study_sites(context: Context, members: Sequence[int]) -> tuple[Site, ...]:
    """Sites said of the study, and regions named inside its own words ("chest CT")."""
    sites = {s.text.lower(): s for s in context.sites(members)}
    text = context.narrative.document.text
    for index in members:
        span = context.mentions[index].span
        named = context.kinds.modality(text[span.start : span.end])
        for match in re.finditer(r"[A-Za-z]{4,}", text[span.start : span.end]):
            if named and named[2][0] <= match.start() < named[2][1]:
                continue
            codes = context.codes(match[0], Domain.ANATOMY)
            key = match[0].lower()
            if codes and key not in sites:
                place = Span(span.start + match.start(), span.start + match.end())
                sites[key] = Site(text=match[0], evidence=evidence([place]), codes=codes)
    return tuple(sites.values())


def seen_there(context: Context, members: Sequence[int]) -> tuple[Site, ...]:
    """Where the study was made that showed what is named by its look alone: "MRI of the brain
    revealed several lesions"; a biopsy shows nothing but its place, and a specimen is none."""
    for index in members:
        words = context.words(index)
        if any(context.codes(word, Domain.ANATOMY) for word in words.split()):
            continue
        for study in context.of(index, RelationKind.SEEN_IN):
            if context.mentions[study].sentence == context.mentions[index].sentence and (
                context.kinds.placeless.search(words)
                or context.kinds.taking.search(context.words(study))
            ):
                same = context.of(study, RelationKind.SAME) + context.said_of(
                    study, RelationKind.SAME
                )
                sites = study_sites(context, [study, *same])
                if places := tuple(s for s in sites if not _SPECIMEN.search(s.text)):
                    return places
    return ()


def _sentence_part(context: Context, index: int) -> Span:
    """The mention and the words close before it, where contrast and plane are named."""
    span = context.mentions[index].span
    sentence = context.narrative.sentences[context.mentions[index].sentence].span
    return Span(max(sentence.start, span.start - 40), min(sentence.end, span.end + 40))


def _cues(context: Context, members: Sequence[int], pattern: re.Pattern[str]) -> tuple[Phrase, ...]:
    found: dict[str, list[Span]] = {}
    for index in members:
        part = _sentence_part(context, index)
        for match in pattern.finditer(context.narrative.document.text, part.start, part.end):
            found.setdefault(tidy(match[0]).lower(), []).append(Span(*match.span()))
    return tuple(Phrase(text=t, evidence=evidence(s)) for t, s in found.items())


def _cue(context: Context, members: Sequence[int], pattern: re.Pattern[str]) -> Phrase | None:
    phrases = _cues(context, members, pattern)
    if not phrases:
        return None
    spans = sorted({e for p in phrases for e in p.evidence}, key=lambda e: (e.start, e.end))
    return Phrase(text=phrases[0].text, evidence=tuple(spans))


def _conclusion(context: Context, members: Sequence[int]) -> Phrase | None:
    """What the text calls the study's result ("normal", "similar findings")."""
    for member in members:
        for result in context.of(member, RelationKind.VALUE):
            span = result_span(context, result)
            return Phrase(
                text=tidy(context.narrative.document.quote(span)), evidence=evidence([span])
            )
    return None


def make_pathology(
    context: Context,
    ids: Ids,
    members: Sequence[int],
    findings: Sequence[str],
    procedures: Mapping[int, Procedure],
) -> Pathology:
    """One examination of a specimen; the specimen comes from the last removal told before."""
    first = members[0]
    patient = context.patient(first) or ""
    name = context.words(first)
    source = _source(context, first, procedures)
    return Pathology(
        id=ids.make("pathology", patient, name, str(len(findings))),
        patient=patient,
        name=name,
        name_evidence=evidence([context.mentions[first].span]),
        evidence=evidence(context.mentions[i].span for i in members),
        codes=context.codes(name, Domain.TEST),
        findings=tuple(findings),
        conclusion=_conclusion(context, members),
        specimen=_specimen(context, first),
        procedure=source,
        planned=context.mentions[first].assertion.mode is Mode.PLANNED,
        time=context.first_phrase(members, RelationKind.TIME),
    )


def _specimen(context: Context, index: int) -> Phrase | None:
    mention = context.mentions[index]
    sentence = context.narrative.sentences[mention.sentence].span
    text = context.narrative.document.text
    end = min(sentence.end, mention.span.end + 60)
    if match := _SPECIMEN.search(text, mention.span.start, end):
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        return Phrase(
            text=tidy(match[0]),
            evidence=evidence([Span(start, match.end())]),
            codes=context.codes(tidy(match[0]), Domain.SPECIMEN),
        )
    return None


def _source(context: Context, index: int, procedures: Mapping[int, Procedure]) -> str | None:
    """The id of the last procedure before it that takes tissue out, in the same patient."""
    found: str | None = None
    for mention, procedure in sorted(procedures.items()):
        if mention > index and found:
            break
        if (
            mention > index
            and context.mentions[mention].sentence != context.mentions[index].sentence
        ):
            break
        if procedure.patient == context.patient(index) and context.kinds.removal.search(
            context.words(mention)
        ):
            found = procedure.id
    return found


def is_absent(context: Context, index: int) -> bool:
    """Whether a study is said not to have been made."""
    assertion = context.mentions[index].assertion
    return assertion.mode in (Mode.NOT_DONE, Mode.DECLINED) or (
        assertion.presence is Presence.ABSENT
    )
