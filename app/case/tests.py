"""Tests: laboratory values, vital signs, measurements and examinations with their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.case.category import test_category
from app.case.context import Context, Name, evidence
from app.case.groups import canonical
from app.case.ids import Ids
from app.case.model import (
    Assertion,
    Coding,
    InterpretationPhrase,
    Performed,
    Phrase,
    Site,
    Test,
    TestCategory,
    Value,
)
from app.case.naming import finding_of, name_of
from app.case.problems import UNSAID, is_graded, usable
from app.case.results import (
    REFERENCE,
    components_of,
    denied_span,
    is_number,
    measurements,
    ranges_of,
    result_span,
    results_of,
    value_of,
)
from app.case.values import interpretation, is_measure, make_value, pressure
from app.narrative.mentions import MentionKind, Mode, Presence, RelationKind
from app.terminology import Domain
from app.text import Span


def test_indices(context: Context, taken: set[int]) -> list[int]:
    """Test mentions that are neither imaging nor pathology nor a procedure, and what was examined
    where words say how it is."""
    return [
        i
        for i, m in enumerate(context.mentions)
        if (m.kind is MentionKind.TEST or is_graded(context, i))
        and i not in taken
        and (usable(context, i) or _says_how(context, i))
    ]


def _says_how(context: Context, index: int) -> bool:
    """Whether words that name nothing by themselves have a result ("her condition was stable")."""
    mode = context.mentions[index].assertion.mode
    stated = context.patient(index) is not None and mode not in UNSAID
    return stated and bool(results_of(context, index))


def procedure_results(context: Context, ids: Ids, procedures: Sequence[int]) -> tuple[Test, ...]:
    """What came out of examinations that FHIR calls procedures: "colonoscopy was normal"."""
    made = [
        (_key(context, index), _make(context, ids, index, chosen))
        for index in procedures
        if context.mentions[index].kind is MentionKind.TEST
        and context.mentions[index].assertion.presence is Presence.PRESENT
        for chosen in measurements(context, results_of(context, index))
        if chosen
    ]
    return tuple(
        test.model_copy(update={"category": TestCategory.PROCEDURE})
        for _, test in _merge_equal(made)
    )


def make_sizes(context: Context, ids: Ids, problem_of: Mapping[int, str]) -> tuple[Test, ...]:
    """Measures of problems, "a mass of 3 x 4 cm": one test a measure, named by the problem."""
    made: list[tuple[tuple[str, str], Test]] = []
    for index in sorted(problem_of):
        for result in context.of(index, RelationKind.VALUE):
            span = context.mentions[result].span
            if context.mentions[result].label == REFERENCE or not is_measure(context, span):
                continue
            test = _make(context, ids, index, [result])
            spans = {*test.evidence, *evidence([span])}
            seen = (context.words(s) for s in context.of(index, RelationKind.SEEN_IN))
            imaged = any(context.kinds.modality(words) for words in seen)
            changed = {
                "evidence": tuple(sorted(spans, key=lambda e: (e.start, e.end))),
                "assertion": Assertion.PRESENT,
                "category": TestCategory.IMAGING if imaged else test.category,
            }
            made.append((_key(context, index), test.model_copy(update=changed)))
    return tuple(test for _, test in _merge_equal(made))


def make_tests(context: Context, ids: Ids, indices: Sequence[int]) -> tuple[Test, ...]:
    """One test per result; mentions without a result join a test of the same name, if any."""
    tests: list[tuple[tuple[str, str], Test]] = []
    bare: list[int] = []
    for index in indices:
        results = results_of(context, index)
        if not results:
            bare.append(index)
            continue
        for chosen in measurements(context, results):
            tests.append((_key(context, index), _make(context, ids, index, chosen)))
    merged = _merge_equal(tests)
    for index in bare:
        _join_or_add(context, ids, merged, index)
    merged.sort(key=lambda item: item[1].evidence[0].start)
    return tuple(test for _, test in merged)


def _key(context: Context, index: int) -> tuple[str, str]:
    return context.patient(index) or "", canonical(context, context.words(index))


def _make(context: Context, ids: Ids, index: int, results: Sequence[int]) -> Test:
    mention = context.mentions[index]
    said = name_of(context, index, Domain.TEST)
    name = said.text
    spans = sorted(result_span(context, r) for r in results)
    value = value_of(context, results[0])
    if len(spans) > 1 and not is_number(value):
        whole = Span(spans[0].start, spans[-1].end)
        value = value.model_copy(update={"evidence": evidence(spans)})
        if whole.length <= sum(s.length for s in spans) + 10:
            value = value.model_copy(
                update={"text": " ".join(context.narrative.document.quote(whole).split())}
            )
    parts = tuple(p for r in results for p in pressure(context, context.mentions[r].span))
    parts += components_of(context, index)
    patient = context.patient(index) or ""
    ranges = ranges_of(context, index)
    time = context.first_phrase([index, *results], RelationKind.TIME)
    sites, placed = _sites(context, index, results)
    where = [site.text for site in sites] if placed else []
    return Test(
        id=ids.make("test", patient, name, value.text, time.text if time else None, *where),
        patient=patient,
        name=name,
        evidence=evidence([mention.span]),
        name_evidence=evidence([said.span]),
        codes=(*_codes(context, said, value), *finding_of(context, index, results)),
        category=test_category(context, index),
        assertion=_assertion(context, index),
        value=value,
        interpretation=_interpretations(context, results),
        reference_range=make_value(context, context.mentions[ranges[0]].span) if ranges else None,
        components=parts,
        site=sites,
        time=time,
    )


def _sites(context: Context, index: int, results: Sequence[int]) -> tuple[tuple[Site, ...], bool]:
    """Where a test was made, and whether each of its results says its own place: "20/200 in the
    right eye and 20/50 in the left eye"."""
    every = context.of(index, RelationKind.VALUE)
    if len(every) < 2:
        return context.sites([index]), False
    behind = {r: site for r in every if (site := context.site_behind(r)) is not None}
    if not behind:
        return context.sites([index]), False
    return tuple(behind[r] for r in results if r in behind), True


def _codes(context: Context, said: Name, value: Value) -> tuple[Coding, ...]:
    """The codes of the test; those of the result's unit where they depend on it."""
    unit = value.quantity.code if value.quantity else None
    return (unit and context.codes(said.text, Domain.TEST, unit=unit)) or said.codes


def _assertion(context: Context, index: int) -> Assertion:
    """What was looked for and is not there is absent; a negative result is a result, and a test
    that was not done says nothing."""
    mention = context.mentions[index]
    if _performed(context, index) is not Performed.DONE:
        return Assertion.PRESENT
    if mention.assertion.presence is Presence.POSSIBLE:
        return Assertion.PRESENT
    return Assertion(mention.assertion.presence.value)


def _denied_by(context: Context, index: int) -> Phrase | None:
    """The words by which what was looked for is absent."""
    absent = _assertion(context, index) is Assertion.ABSENT
    return context.denied_by(index) if absent else None


_PERFORMED = {
    Mode.PLANNED: Performed.PLANNED,
    Mode.DECLINED: Performed.DECLINED,
    Mode.NOT_DONE: Performed.NOT_DONE,
}


def _performed(context: Context, index: int) -> Performed:
    """Done, unless the text plans it, or says that it was refused or left out; a test with a
    result was done."""
    if results_of(context, index):
        return Performed.DONE
    return _PERFORMED.get(context.mentions[index].assertion.mode, Performed.DONE)


def _interpretations(context: Context, results: Sequence[int]) -> tuple[InterpretationPhrase, ...]:
    said = [r for r in results if denied_span(context, r) is None]
    found = [interpretation(context, context.mentions[r].span) for r in said]
    return tuple({p.code: p for p in found if p is not None}.values())


def _merge_equal(
    tests: Sequence[tuple[tuple[str, str], Test]],
) -> list[tuple[tuple[str, str], Test]]:
    """The same test with the same result at the same time, told again, is one fact."""
    out: dict[tuple[object, ...], tuple[tuple[str, str], Test]] = {}
    for key, test in tests:
        same = (
            key,
            test.assertion,
            test.value.text.casefold() if test.value else "",
            test.time.text.casefold() if test.time else "",
            tuple(site.text.casefold() for site in test.site),
        )
        if same in out:
            old = out[same][1]
            spans = {*old.evidence, *test.evidence}
            told = {*old.value.evidence, *test.value.evidence} if old.value and test.value else ()
            value = old.value and old.value.model_copy(
                update={"evidence": tuple(sorted(told, key=lambda e: (e.start, e.end)))}
            )
            merged = old.model_copy(
                update={
                    "evidence": tuple(sorted(spans, key=lambda e: (e.start, e.end))),
                    "value": value,
                }
            )
            out[same] = (key, merged)
        else:
            out[same] = (key, test)
    return list(out.values())


def _join_or_add(
    context: Context, ids: Ids, tests: list[tuple[tuple[str, str], Test]], index: int
) -> None:
    key, span = _key(context, index), context.mentions[index].span
    mine = [
        n
        for n, (k, t) in enumerate(tests)
        if k == key
        and t.assertion is _assertion(context, index)
        and t.performed is _performed(context, index)
    ]
    if len(mine) == 1:
        known, test = tests[mine[0]]
        spans = {*test.evidence, *evidence([span])}
        joined = test.model_copy(
            update={"evidence": tuple(sorted(spans, key=lambda e: (e.start, e.end)))}
        )
        tests[mine[0]] = (known, joined)
        return
    patient, said = key[0], name_of(context, index, Domain.TEST)
    name = said.text
    time = context.first_phrase([index], RelationKind.TIME)
    tests.append(
        (
            key,
            Test(
                id=ids.make("test", patient, name, None, time.text if time else None),
                patient=patient,
                name=name,
                evidence=evidence([span]),
                name_evidence=evidence([said.span]),
                codes=said.codes,
                category=test_category(context, index),
                assertion=_assertion(context, index),
                assertion_words=_denied_by(context, index),
                performed=_performed(context, index),
                components=components_of(context, index),
                site=context.sites([index]),
                time=time,
            ),
        )
    )
