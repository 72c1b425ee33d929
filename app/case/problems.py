"""Problems: diagnoses, symptoms and findings, present, absent or possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from app.case.category import test_category
from app.case.context import Context, Name, evidence
from app.case.groups import group
from app.case.ids import Ids
from app.case.imaging import seen_there
from app.case.model import (
    Assertion,
    Basis,
    Certainty,
    Course,
    CourseCode,
    Interpretation,
    Phrase,
    Problem,
    ProblemCategory,
    TestCategory,
)
from app.case.naming import best_name
from app.case.stages import Found, is_only_stage, made
from app.case.values import interpretation
from app.narrative.mentions import Mention, MentionKind, Mode, Presence, RelationKind
from app.terminology import Domain
from app.terminology.systems import ICD10CM
from app.text import Span

_BASIS: dict[TestCategory | None, Basis] = {
    TestCategory.LABORATORY: Basis.LABORATORY,
    TestCategory.EXAM: Basis.EXAM,
    TestCategory.VITAL_SIGNS: Basis.EXAM,
}
_GRADES = frozenset({Interpretation.NORMAL, Interpretation.HIGH, Interpretation.LOW})
PROBLEM_KINDS = frozenset({MentionKind.DISEASE, MentionKind.SYMPTOM})
UNSAID = frozenset({Mode.GENERAL, Mode.HYPOTHETICAL})
_CERTAINTY = {
    Mode.DIFFERENTIAL: Certainty.DIFFERENTIAL,
    Mode.EXCLUDED: Certainty.EXCLUDED,
}


def usable(context: Context, index: int) -> bool:
    """Whether a mention says something of the patient, now or in the past."""
    mention = context.mentions[index]
    return (
        context.patient(index) is not None
        and mention.assertion.mode not in UNSAID
        and not (
            context.kinds.is_generic(context.words(index))
            and mention.assertion.presence is not Presence.ABSENT
        )
    )


def problem_indices(context: Context) -> list[int]:
    """Mentions that become problems of the patient."""
    return [
        i
        for i, m in enumerate(context.mentions)
        if m.kind in PROBLEM_KINDS
        and m.assertion.relative is None
        and usable(context, i)
        and not is_graded(context, i)
        and not (context.staged and is_only_stage(m.span, context.staged, context.text))
    ]


def stages_of(context: Context, groups: Sequence[Sequence[int]]) -> dict[int, list[Found]]:
    """The stages by the mention of a disease that each is said of."""
    if not context.staged:
        return {}
    names = {i: _all_names(context, i) for members in groups for i in members}
    return context.kinds.stages.heads(context.narrative, context.staged, names)


def _all_names(context: Context, index: int) -> str:
    """The words of a disease, what they are short for, and the displays of its codes."""
    words = context.words(index)
    codes = context.codes(words, Domain.DISEASE)
    known = (words, context.abbreviations.get(words, ""), *(c.display or "" for c in codes))
    return "; ".join(known)


def is_graded(context: Context, index: int) -> bool:
    """Whether words say how something is that is no problem by itself: "swallowing was normal",
    "decreased breath sounds". It is what was examined, and the words are the result."""
    mention = context.mentions[index]
    if (
        mention.kind is not MentionKind.SYMPTOM
        or mention.assertion.presence is not Presence.PRESENT
    ):
        return False
    results = context.of(index, RelationKind.VALUE)
    found = [interpretation(context, context.mentions[r].span) for r in results]
    if not any(said is not None and said.code in _GRADES for said in found):
        return False
    return not context.codes(context.words(index), Domain.DISEASE)


def _assertion(mention: Mention) -> Assertion:
    return Assertion(mention.assertion.presence.value)


def _site_words(context: Context, index: int) -> frozenset[str]:
    return frozenset(
        word
        for site in context.of(index, RelationKind.SITE)
        for word in context.words(site).lower().split()
    )


def _in_pathology(context: Context, index: int) -> bool:
    """Whether the microscope showed it: another statement than the same word of the patient."""
    return any(
        context.kinds.pathology.search(context.words(s))
        for s in context.of(index, RelationKind.SEEN_IN)
    )


def group_problems(context: Context) -> list[list[int]]:
    """Mentions of the same problem; other body sites keep two problems apart."""

    def apart(index: int) -> tuple[str | None, Assertion]:
        return context.patient(index), _assertion(context.mentions[index])

    def fits(members: list[int], index: int) -> bool:
        if _in_pathology(context, index) != _in_pathology(context, members[0]):
            return False
        mine = _site_words(context, index)
        if not mine:
            return True
        known = [_site_words(context, m) for m in members]
        said = [words for words in known if words]
        return not said or any(mine & words for words in said)

    return group(context, problem_indices(context), Domain.DISEASE, apart, fits)


def _basis(context: Context, members: Sequence[int]) -> Basis | None:
    for index in members:
        for study in context.of(index, RelationKind.SEEN_IN):
            words = context.words(study)
            if context.kinds.pathology.search(words):
                return Basis.PATHOLOGY
            if context.kinds.modality(words):
                return Basis.IMAGING
            if context.kinds.diagnostic_procedure.search(words):
                return Basis.PROCEDURE
            if basis := _BASIS.get(test_category(context, study)):
                return basis
    for index in members:
        place = " ".join((*context.headings(index), context.sentence_text(index)))
        if context.kinds.exam.search(place):
            return Basis.EXAM
    return None


def _category(
    context: Context, members: Sequence[int], name: Name, basis: Basis | None
) -> ProblemCategory:
    if context.kinds.sign.search(name.text):
        return ProblemCategory.FINDING
    if any(context.mentions[i].kind is MentionKind.DISEASE for i in members):
        return ProblemCategory.DIAGNOSIS
    if context.kinds.structure.search(name.text) and basis is not Basis.PATHOLOGY:
        return ProblemCategory.DIAGNOSIS
    if context.kinds.symptom.search(name.text):
        return ProblemCategory.SYMPTOM if basis in (None, Basis.EXAM) else ProblemCategory.FINDING
    disease = basis is None and (context.kinds.lasting.search(name.text) or _is_disease(name))
    return ProblemCategory.DIAGNOSIS if disease else ProblemCategory.FINDING


def _is_disease(name: Name) -> bool:
    """Whether ICD-10-CM counts it among the diseases and injuries; its chapters XVIII and XX to
    XXII (R, U to Z) hold signs and circumstances."""
    return any(c.system == ICD10CM and c.code[0] not in "RUVWXYZ" for c in name.codes)


def _course(context: Context, members: Sequence[int]) -> Course | None:
    """The last word on how it went."""
    said = [
        outcome
        for index in members
        for outcome in context.of(index, RelationKind.OUTCOME)
        if context.mentions[outcome].label.startswith("course:")
    ]
    if not said:
        return None
    last = max(said, key=lambda i: context.mentions[i].span)
    code = CourseCode(context.mentions[last].label.split(":")[1])
    phrase = context.phrase(last)
    return Course(text=phrase.text, evidence=phrase.evidence, code=code)


def _certainty(context: Context, members: Sequence[int]) -> Certainty:
    modes = {context.mentions[i].assertion.mode for i in members}
    for mode, certainty in _CERTAINTY.items():
        if mode in modes:
            return certainty
    if all(context.mentions[i].assertion.presence is Presence.POSSIBLE for i in members):
        return Certainty.PROVISIONAL
    return Certainty.STATED


def make_problem(
    context: Context,
    ids: Ids,
    members: Sequence[int],
    staged: Mapping[int, Sequence[Found]] = MappingProxyType({}),
) -> Problem:
    """One problem of a group of mentions; links to other facts are set later. `staged` are the
    stages by mention."""
    stages = [found for i in members for found in staged.get(i, ())]
    first = context.mentions[members[0]]
    name = best_name(context, members, Domain.DISEASE)
    sites = context.sites(members) or seen_there(context, members)
    assertion = _assertion(first)
    basis = _basis(context, members)
    patient = context.patient(members[0]) or ""
    return Problem(
        id=ids.make(
            "problem", patient, name.text, assertion.value, " ".join(s.text for s in sites)
        ),
        patient=patient,
        name=name.text,
        name_evidence=evidence([name.span]),
        evidence=evidence(context.mentions[i].span for i in members),
        codes=name.codes,
        category=_category(context, members, name, basis),
        assertion=assertion,
        assertion_words=context.denied_by(members[0]),
        certainty=_certainty(context, members),
        history=all(context.mentions[i].assertion.past for i in members),
        lasting=bool(context.kinds.lasting.search(name.text)),
        basis=basis,
        site=sites,
        severity=context.first_phrase(members, RelationKind.SEVERITY, Domain.QUALIFIER),
        stage=made(stages, context.text),
        details=_details(context, members, stages),
        duration=context.first_phrase(members, RelationKind.DURATION),
        time=context.first_phrase(members, RelationKind.TIME),
        course=_course(context, members),
    )


def _details(
    context: Context, members: Sequence[int], stages: Sequence[Found]
) -> tuple[Phrase, ...]:
    """What else is said of it; its stage is not said twice."""

    def is_stage(phrase: Phrase) -> bool:
        places = (Span(e.start, e.end) for e in phrase.evidence)
        return all(is_only_stage(place, stages, context.text) for place in places)

    found = context.phrases(members, RelationKind.DETAIL)
    return tuple(phrase for phrase in found if not is_stage(phrase))


def apply_general_course(
    context: Context,
    problems: Sequence[Problem],
    groups: Sequence[Sequence[int]],
    symptom_outcomes: Mapping[int, str],
) -> tuple[Problem, ...]:
    """ "Her symptoms resolved" says so of every symptom told before, and not yet said to go on."""
    out: list[Problem] = []
    for problem, members in zip(problems, groups, strict=True):
        if (
            problem.course is None
            and problem.category is ProblemCategory.SYMPTOM
            and problem.assertion is Assertion.PRESENT
            and not problem.history
        ):
            first = context.mentions[members[0]]
            for outcome, code in symptom_outcomes.items():
                said = context.mentions[outcome]
                if said.span.start > first.span.end and context.patient(outcome) == problem.patient:
                    phrase = context.phrase(outcome)
                    problem = problem.model_copy(
                        update={
                            "course": Course(
                                text=phrase.text, evidence=phrase.evidence, code=CourseCode(code)
                            )
                        }
                    )
        out.append(problem)
    return tuple(out)
