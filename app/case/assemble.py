"""Narrative to case: mentions grouped into facts, facts linked, what was not used reported."""

from __future__ import annotations

import base64
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from app.case import family, people, problems, treatment
from app.case import imaging as imaging_part
from app.case import tests as tests_part
from app.case.context import Context, index_relations
from app.case.ids import Ids
from app.case.kinds import Kinds
from app.case.links import in_order
from app.case.model import (
    Case,
    CaseAuthor,
    DocumentInfo,
    Original,
    Problem,
    Procedure,
)
from app.issues import Issue, IssueKind
from app.narrative.abbreviations import abbreviations
from app.narrative.mentions import (
    HEADS,
    MentionKind,
    Narrative,
    RelationKind,
    Subject,
)
from app.narrative.values import Values
from app.terminology import Domain, Vocabulary
from app.text import BlockKind, Document, Span

CODED_KINDS = frozenset({"problem", "test", "procedure", "medication", "imaging"})


class Assembler:
    """Tables loaded once; `assemble` is a pure function of the narrative."""

    def __init__(self, vocabulary: Vocabulary, kinds: Kinds, values: Values) -> None:
        self._vocabulary = vocabulary
        self._kinds = kinds
        self._values = values

    def assemble(self, narrative: Narrative) -> tuple[Case, tuple[Issue, ...]]:
        """The case, and what of the narrative did not get into it."""
        down, up = index_relations(
            narrative, lambda words: bool(self._vocabulary.codes(words, Domain.ANATOMY))
        )
        context = Context(
            narrative,
            self._vocabulary,
            self._kinds,
            self._values,
            abbreviations(narrative.document),
            down,
            up,
            staged=self._kinds.stages.find(narrative),
        )
        if not narrative.patients:
            issue = Issue(IssueKind.NO_PATIENT, "the document speaks of no patient")
            return Case(document=document_info(narrative.document)), (issue,)
        return _assemble(context)


def _assemble(context: Context) -> tuple[Case, tuple[Issue, ...]]:
    ids = Ids()
    groups = problems.group_problems(context)
    staged = problems.stages_of(context, groups)
    made = [problems.make_problem(context, ids, members, staged) for members in groups]
    made = list(problems.apply_general_course(context, made, groups, _symptom_outcomes(context)))
    problem_of = {i: p.id for p, members in zip(made, groups, strict=True) for i in members}

    procedure_groups = treatment.group_procedures(context)
    seen_again = treatment.follow_ups(context, procedure_groups)
    procedures = [
        treatment.make_procedure(context, ids, members, problem_of, seen_again)
        for members in procedure_groups
    ]
    procedure_of = {
        i: p for p, members in zip(procedures, procedure_groups, strict=True) for i in members
    }

    imaging_groups = [
        g for g in imaging_part.group_imaging(context) if not imaging_part.is_absent(context, g[0])
    ]
    shown = _shown(context, problem_of)
    studies = [
        imaging_part.make_imaging(context, ids, members, _findings(shown, members))
        for members in imaging_groups
    ]
    pathology_groups = [[i] for i in imaging_part.pathology_indices(context)]
    reports = [
        imaging_part.make_pathology(context, ids, members, _findings(shown, members), procedure_of)
        for members in pathology_groups
    ]
    study_of = {
        i: study.id
        for study, members in zip(
            [*studies, *reports], [*imaging_groups, *pathology_groups], strict=True
        )
        for i in members
    }
    made = [
        _linked(context, problem, members, study_of, problem_of)
        for problem, members in zip(made, groups, strict=True)
    ]
    taken = set(study_of) | set(procedure_of)
    tests = tests_part.make_tests(context, ids, tests_part.test_indices(context, taken))
    tests += tests_part.make_sizes(context, ids, problem_of)
    tests += tests_part.procedure_results(context, ids, sorted(procedure_of))
    medication_groups = treatment.group_medications(context)
    medications = [
        treatment.make_medication(context, ids, members, problem_of)
        for members in medication_groups
    ]
    case = Case(
        document=document_info(context.narrative.document),
        patients=people.make_patients(context),
        problems=tuple(made),
        tests=tests,
        imaging=tuple(studies),
        pathology=tuple(reports),
        procedures=tuple(procedures),
        medications=tuple(medications),
        family_history=family.family_history(context, ids),
        allergies=people.make_allergies(context, ids),
        social_history=people.make_social(context, ids),
        outcomes=people.make_outcomes(
            context, ids, _used_outcomes(context, problem_of, procedure_of)
        ),
        consents=people.make_consents(context, ids),
    )
    case = in_order(case)
    return case, _issues(context, case)


def _shown(context: Context, problem_of: dict[int, str]) -> dict[int, list[str]]:
    """Ids of the problems that each study mention showed."""
    out: dict[int, list[str]] = {}
    for problem, fact in problem_of.items():
        for study in context.of(problem, RelationKind.SEEN_IN):
            out.setdefault(study, []).append(fact)
    return out


def _findings(shown: dict[int, list[str]], members: Sequence[int]) -> list[str]:
    return list(dict.fromkeys(f for m in members for f in shown.get(m, ())))


def _linked(
    context: Context,
    problem: Problem,
    members: Sequence[int],
    study_of: dict[int, str],
    problem_of: dict[int, str],
) -> Problem:
    seen = [
        study_of[s] for m in members for s in context.of(m, RelationKind.SEEN_IN) if s in study_of
    ]
    causes = [
        problem_of[c]
        for m in members
        for c in context.of(m, RelationKind.CAUSE)
        if c in problem_of and problem_of[c] != problem.id
    ]
    return problem.model_copy(
        update={"seen_in": tuple(dict.fromkeys(seen)), "due_to": tuple(dict.fromkeys(causes))}
    )


def _symptom_outcomes(context: Context) -> dict[int, str]:
    """Course words said of "the symptoms", in the order of the text, with their codes."""
    return {
        i: m.label.split(":")[1]
        for i, m in enumerate(context.mentions)
        if m.kind is MentionKind.OUTCOME
        and m.label.startswith("course:")
        and ":symptoms" in m.label
    }


def _used_outcomes(
    context: Context, problem_of: dict[int, str], procedure_of: Mapping[int, Procedure]
) -> set[int]:
    """Outcome mentions that stand on a problem or a procedure."""
    return {o for i in (*problem_of, *procedure_of) for o in context.of(i, RelationKind.OUTCOME)}


def document_info(document: Document) -> DocumentInfo:
    """The document as the case keeps it."""
    article = document.article
    original = None
    if document.original is not None:
        original = Original(
            media_type=document.media_type,
            data=base64.b64encode(document.original).decode("ascii"),
        )
    return DocumentInfo(
        text=document.text,
        sha256=document.sha256,
        media_type=document.media_type,
        title=article.title,
        authors=tuple(
            CaseAuthor(name=a.name, family=a.family, given=a.given, affiliations=a.affiliations)
            for a in article.authors
        ),
        affiliations=article.affiliations,
        journal=article.journal,
        doi=article.doi,
        licence=article.licence,
        published=article.published,
        language=article.language,
        original=original,
    )


def _issues(context: Context, case: Case) -> tuple[Issue, ...]:
    """Sentences of the case that gave nothing, and problems without a code."""
    issues: list[Issue] = []
    covered = sorted({(e.start, e.end) for fact in case.facts() for e in fact.evidence})
    starts = [c[0] for c in covered]

    for sentence in context.narrative.sentences:
        if sentence.subject is not Subject.PATIENT or sentence.block.kind is BlockKind.TITLE:
            continue
        at = bisect_left(starts, sentence.span.start)
        if at == len(starts) or starts[at] >= sentence.span.end:
            issues.append(
                Issue(IssueKind.SENTENCE_UNUSED, "no fact was found in it", sentence.span)
            )
    for mention in context.mentions:
        if mention.kind in HEADS and not any(s <= mention.span.start < e for s, e in covered):
            issues.append(
                Issue(IssueKind.MENTION_UNUSED, f"{mention.kind.value} gave no fact", mention.span)
            )
    for fact in case.facts():
        if fact.kind in CODED_KINDS and not fact.codes:
            first = fact.evidence[0]

            issues.append(
                Issue(
                    IssueKind.MENTION_UNCODED,
                    f"no code is certain for this {fact.kind}",
                    Span(first.start, first.end),
                    fact.id,
                )
            )
    return tuple(issues)
