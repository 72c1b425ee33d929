"""Sentences with the one they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.narrative.mentions import Sentence, Subject
from app.narrative.scope import tables
from app.narrative.scope.series import assign
from app.narrative.scope.tables import Rule, Tables
from app.text import BlockKind, Document

_FEW = 3
_TABLE_HEAD = 3  # sentences
_RARE = 4  # a general statement in so many sentences makes no text a background
_NOTHING = Rule("", "", False, None, None)  # type: ignore[arg-type]


@dataclass(slots=True)
class _State:
    """What the sentences before have settled."""

    mode: str = "other"  # of whom the running text speaks: "patient" or "other"
    few: bool = False  # whether the text is a few sentences and nothing else
    labelled: bool = False
    introduced: bool = False
    previous: bool = False  # whether the sentence before was the patient's
    stranger: bool = False  # whether "he" or "the patient" would be another report's


class Scope:
    """The scope rules, loaded once."""

    def __init__(self, rules: Tables) -> None:
        self._rules = rules

    def judge(self, document: Document, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
        """The same sentences with subject, patient and the rule that decided."""
        text = document.text
        words = [text[s.span.start : s.span.end] for s in sentences]
        verdicts = [self._verdict(s.block.kind, w) for s, w in zip(sentences, words, strict=True)]
        near = [
            (i, v)
            for i, (s, v) in enumerate(zip(sentences, verdicts, strict=True))
            if s.block.kind is BlockKind.UNKNOWN
        ]
        few = len(near) <= _FEW and len(near) == len(sentences)
        state = _State(mode=self._opening(near), few=few)
        foreign = self._foreign_tables(sentences, words)
        judged: list[Sentence] = []
        for i, sentence in enumerate(sentences):
            first = i == 0 or sentences[i - 1].block is not sentence.block
            if first:
                state.stranger = False
            if i in foreign:
                mine, reason = False, "table-of-others"
            else:
                mine, reason = self._decide(sentence, words[i], verdicts[i], state, first)
            state.previous = mine
            if verdicts[i].says == "other":
                state.stranger = self._rules.stranger.search(words[i]) is not None
            elif mine:
                state.stranger = False
            judged.append(
                replace(
                    sentence,
                    subject=Subject.PATIENT if mine else Subject.OTHER,
                    patient="p1" if mine else None,
                    reason=reason,
                )
            )
        return assign(judged, words, self._rules.series)

    def _foreign_tables(self, sentences: Sequence[Sentence], words: Sequence[str]) -> set[int]:
        """Sentences of tables that are not about this patient's results or course.

        A table is a run of blocks of that kind; its first rows say what it holds.
        """
        runs: list[list[int]] = []
        for i, sentence in enumerate(sentences):
            if sentence.block.kind is BlockKind.TABLE:
                if runs and runs[-1][-1] == i - 1:
                    runs[-1].append(i)
                else:
                    runs.append([i])
        foreign: set[int] = set()
        for run in runs:
            head = " ".join(words[i] for i in run[:_TABLE_HEAD])
            own = self._rules.own_table.search(head) is not None
            if not own or self._rules.table_of_others.search(head) is not None:
                foreign.update(run)
        return foreign

    def _verdict(self, kind: BlockKind, words: str) -> Rule:
        for rule in self._rules.by_kind.get(kind, ()):
            if rule.fits(words):
                return rule
        return _NOTHING

    def _opening(self, near: Sequence[tuple[int, Rule]]) -> str:
        """Of whom an unheaded text speaks before anything in it has said so.

        A few sentences by themselves are taken from a patient's record unless they cite.
        Before the sentence that introduces the patient it is background; without such a
        sentence, whatever most sentences are.
        """
        if len(near) <= _FEW and not any(
            v.says == "other" or v.name == "general-many" for _, v in near
        ):
            return "patient"
        if any(v.name.startswith("introduced") for _, v in near):
            first = next(i for i, v in near if v.name.startswith("introduced"))
            mine = sum(i < first and v.says == "patient" for i, v in near)
            rest = sum(i < first and v.says in ("other", "general") for i, v in near)
            return "patient" if mine > rest else "other"
        mine = sum(v.says == "patient" for _, v in near)
        rest = sum(v.says in ("other", "general") for _, v in near)
        return "patient" if mine >= rest or rest * _RARE <= len(near) else "other"

    def _decide(
        self, sentence: Sentence, words: str, verdict: Rule, state: _State, first: bool
    ) -> tuple[bool, str]:
        kind = sentence.block.kind
        default = self._rules.default.get(kind, "other")
        if kind not in self._rules.default:
            return False, f"block-{kind.value}"
        if default == "near":
            return self._near(sentence, words, verdict, state, first)
        if verdict.says == "patient" and not verdict.weak:
            return True, verdict.name
        if default == "patient":
            if verdict.says == "other":
                return False, verdict.name
            return True, f"block-{kind.value}"
        own = verdict.name == "the-patient" or (state.previous and not first)
        weak = verdict.weak and verdict.says == "patient"
        if weak and own and not state.stranger and self._rules.cite.search(words) is None:
            return True, verdict.name
        return False, verdict.name or f"block-{kind.value}"

    def _near(
        self, sentence: Sentence, words: str, verdict: Rule, state: _State, first: bool
    ) -> tuple[bool, str]:
        """A sentence of an abstract or of a text without headings."""
        kind = sentence.block.kind
        if first:
            self._enter(sentence, verdict, state)
        for side in ("patient", "other"):
            if self._rules.labels[side].match(words):
                state.mode, state.labelled = side, True
                if side == "other" and verdict.weak:
                    return False, f"label-{side}"
        strong = verdict.says == "patient" and not verdict.weak
        if strong:
            if verdict.name.startswith("introduced"):
                state.introduced = True
            if not state.labelled and (state.introduced or kind is BlockKind.ABSTRACT):
                state.mode = "patient"
            return True, verdict.name
        if verdict.says == "other":
            return False, verdict.name
        cited = self._rules.cite.search(words) is not None
        if state.mode == "patient":
            doubtful = cited or verdict.name == "general-many" or kind is BlockKind.ABSTRACT
            if verdict.says == "general" and not state.labelled and doubtful:
                return False, verdict.name
            return True, verdict.name or "goes-on"
        if verdict.weak and state.previous and not cited:
            return True, "goes-on"
        if verdict.weak and kind is BlockKind.ABSTRACT and not state.labelled and not cited:
            state.mode = "patient"
            return True, verdict.name
        return False, verdict.name or "goes-on"

    def _enter(self, sentence: Sentence, verdict: Rule, state: _State) -> None:
        """A new paragraph begins."""
        heading = sentence.block.headings[-1] if sentence.block.headings else ""
        for side in ("patient", "other"):
            if self._rules.labels[side].match(heading + ": "):
                state.mode, state.labelled = side, True
                return
        if sentence.block.kind is BlockKind.ABSTRACT:
            if not state.labelled:
                state.mode = "patient" if verdict.says == "patient" else "other"
            return
        state.previous = state.previous and verdict.weak
        other = verdict.says == "other" and not verdict.weak
        if other or (verdict.says == "general" and not state.few):
            state.mode = "other"
        elif state.introduced and verdict.says == "patient":
            state.mode = "patient"
        state.labelled = False


def load(layers: Sequence[Path]) -> Scope:
    """The scope rules of these mapping folders."""
    return Scope(tables.load(layers))
