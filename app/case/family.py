"""What runs in the patient's family."""

from __future__ import annotations

from app.case.context import Context, evidence
from app.case.ids import Ids
from app.case.model import (
    Assertion,
    FamilyHistory,
    Phrase,
)
from app.case.problems import PROBLEM_KINDS, usable
from app.narrative.mentions import MentionKind
from app.terminology import Domain


def family_history(context: Context, ids: Ids) -> tuple[FamilyHistory, ...]:
    """Problems of relatives, and what the text calls family history, one fact a wording."""
    out: dict[tuple[str, str, str], FamilyHistory] = {}
    for index, mention in enumerate(context.mentions):
        relative = mention.assertion.relative
        if mention.kind is not MentionKind.FAMILY and not (
            mention.kind in PROBLEM_KINDS and relative is not None
        ):
            continue
        if not usable(context, index):
            continue
        words = context.words(index)
        if context.kinds.kin.fullmatch(words):
            continue
        patient = context.patient(index) or ""
        key = (patient, words.lower(), (relative or "").lower())
        if key in out:
            spans = {*out[key].evidence, *evidence([mention.span])}
            out[key] = out[key].model_copy(
                update={"evidence": tuple(sorted(spans, key=lambda e: (e.start, e.end)))}
            )
            continue
        relation = None
        if relative:
            cue = mention.assertion.cue
            relation = Phrase(text=relative, evidence=evidence([cue] if cue else []))
        out[key] = FamilyHistory(
            id=ids.make("family", *key),
            patient=patient,
            name=words,
            evidence=evidence([mention.span]),
            codes=context.codes(words, Domain.DISEASE),
            relation=relation,
            assertion=Assertion(mention.assertion.presence.value),
        )
    return tuple(out.values())
