"""Training and judging the relations, given annotated mentions.

The measure is MACCROBAT's own: MODIFY by the kind of the modifier, IDENTICAL as SAME and
SUB_PROCEDURE as PART, between mentions of one sentence.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.narrative.mentions import Mention, RelationKind
from app.narrative.relations import table
from app.narrative.relations.layout import Layout
from app.narrative.relations.model import Model, logistic
from app.narrative.relations.pairs import Found, candidates, decide
from app.narrative.relations.table import Pair
from app.narrative.spotter import labels as spotter_labels
from app.training import brat
from app.training.folds import FOLDS, assign
from app.training.samples import sentences_of

_ABOUT = {
    "what": "weights of features of mention pairs, by relation kind (logistic regression)",
    "data": "MACCROBAT2020 (Caufield, figshare 9764942), the reports used for training",
    "licence": "CC BY 4.0",
    "made by": "python -m app.training train",
}
_EPOCHS = 5
_RATE = 0.08
_DECAY = 2e-6
_LEAST_SEEN = 2
_LEAST_WEIGHT = 0.03


@dataclass(frozen=True)
class Example:
    """An annotated sentence: its mentions, and the true relations between them."""

    report: str
    layout: Layout
    true: frozenset[Found]


def examples(corpus: Path, layers: Sequence[Path]) -> list[Example]:
    """The sentences of an annotated folder, with the relations inside them."""
    known = spotter_labels.load(tuple(layers))
    out: list[Example] = []
    for report in brat.read(corpus):
        annotations = (corpus / f"{report.id}.ann").read_text(encoding="utf-8")
        links = _links(annotations)
        entities = [e for e in report.entities if e.type in known.learnt_as]
        for sentence in sentences_of(report.text):
            inside = [e for e in entities if sentence.span.covers(e.span)]
            mentions = [
                Mention(known.learnt_as[e.type].kind, e.span, 0, label=e.type) for e in inside
            ]
            at = {e.id: i for i, e in enumerate(inside)}
            true = {
                found
                for name, first, second in links
                if first in at and second in at
                for found in _found(name, at[first], at[second], mentions)
            }
            out.append(Example(report.id, Layout(sentence, mentions), frozenset(true)))
    return out


def _links(annotations: str) -> list[tuple[str, str, str]]:
    """(name, first, second) of the relations, both as text-bound annotations."""
    trigger: dict[str, str] = {}
    rows: list[tuple[str, str, str]] = []
    for line in annotations.splitlines():
        fields = line.split("\t")
        if line.startswith("E"):
            trigger[fields[0]] = fields[1].split()[0].split(":")[1]
        elif line.startswith("R"):
            name, first, second = fields[1].split()[:3]
            rows.append((name, first.split(":")[1], second.split(":")[1]))
    return [(name, trigger.get(a, a), trigger.get(b, b)) for name, a, b in rows]


def _found(name: str, first: int, second: int, mentions: Sequence[Mention]) -> list[Found]:
    """The annotated link as our relation, if it is one of ours."""
    if name == "IDENTICAL":
        return [(RelationKind.SAME, min(first, second), max(first, second))]
    if name == "SUB_PROCEDURE":
        return [(RelationKind.PART, second, first)]
    if name == "MODIFY":
        try:
            return [(RelationKind(mentions[first].kind.value), second, first)]
        except ValueError:
            return []
    return []


def fit(examples: Iterable[Example], pairs: Sequence[Pair]) -> Model:
    """Weights by AdaGrad, without any randomness: the examples in their order, turn by turn."""
    data: dict[str, list[tuple[list[str], float]]] = {}
    for example in examples:
        for pair in pairs:
            rows = data.setdefault(pair.kind.value, [])
            for modifier, head, features in candidates(example.layout, pair):
                rows.append((features, float((pair.kind, head, modifier) in example.true)))
    return Model({kind: _fit_one(rows) for kind, rows in data.items()})


def _fit_one(rows: Sequence[tuple[list[str], float]]) -> dict[str, float]:
    seen: dict[str, int] = {}
    for features, _ in rows:
        for feature in features:
            seen[feature] = seen.get(feature, 0) + 1
    kept = [([f for f in fs if seen[f] >= _LEAST_SEEN], y) for fs, y in rows]
    weight: dict[str, float] = dict.fromkeys((f for f, n in seen.items() if n >= _LEAST_SEEN), 0.0)
    square = dict.fromkeys(weight, 1e-3)
    for epoch in range(_EPOCHS):
        order = kept if epoch % 2 == 0 else kept[::-1]
        for features, y in order:
            gradient = logistic(sum([weight[f] for f in features])) - y
            if abs(gradient) < 0.005:
                continue
            for f in features:
                g = gradient + _DECAY * weight[f]
                square[f] += g * g
                weight[f] -= _RATE * g / math.sqrt(square[f])
    return {f: round(w, 3) for f, w in sorted(weight.items()) if abs(w) >= _LEAST_WEIGHT}


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one row."""

    gold: int
    said: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.said if self.said else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.gold + self.said) if self.gold + self.said else 0.0


def judge(
    examples: Iterable[Example], said: Iterable[Sequence[Found]], pairs: Sequence[Pair]
) -> dict[str, Score]:
    """Rows "relation" and "relation of head kind"; links outside our pairs do not count."""
    allowed = {p.kind: p for p in pairs}
    counts: dict[str, list[int]] = {}

    def rows(found: Found, example: Example) -> list[str]:
        kind, head, modifier = found
        pair = allowed.get(kind)
        mentions = example.layout.mentions
        if (
            pair is None
            or mentions[head].kind not in pair.head
            or mentions[modifier].kind not in pair.modifier
        ):
            return []
        return [kind.value, f"{kind.value} of {mentions[head].kind.value}"]

    for example, found in zip(examples, said, strict=True):
        for column, items in ((0, example.true), (1, found), (2, example.true & set(found))):
            for item in items:
                for row in rows(item, example):
                    counts.setdefault(row, [0, 0, 0])[column] += 1
    return {row: Score(*n) for row, n in sorted(counts.items())}


def cross_validate(
    examples: Sequence[Example], pairs: Sequence[Pair], folds: int = FOLDS
) -> dict[str, Score]:
    """The scores when each report is read with weights that have not seen it."""
    fold = assign(sorted({e.report for e in examples}), folds)
    said: list[Sequence[Found]] = [()] * len(examples)
    for held_out in range(folds):
        model = fit((e for e in examples if fold[e.report] != held_out), pairs)
        for i, example in enumerate(examples):
            if fold[example.report] == held_out:
                said[i] = decide(example.layout, pairs, model)
    return judge(examples, said, pairs)


def nearest(example: Example, pairs: Sequence[Pair]) -> list[Found]:
    """What distance alone would say: each modifier to the nearest head, the one behind it first.

    The measure that the weights have to beat.
    """
    layout = example.layout
    out: list[Found] = []
    for pair in pairs:
        heads = [i for i, kind in enumerate(layout.kinds) if kind in pair.head]
        for modifier in (i for i, kind in enumerate(layout.kinds) if kind in pair.modifier):
            others = [h for h in heads if h != modifier]
            if others:
                out.append(
                    (pair.kind, min(others, key=partial(_distance, layout, modifier)), modifier)
                )
    return out


def _distance(layout: Layout, modifier: int, head: int) -> tuple[int, bool]:
    after = layout.first[head] - layout.last[modifier]
    before = layout.first[modifier] - layout.last[head]
    return max(after, before), before >= 0


def train(corpus: Path, layers: Sequence[Path], path: Path) -> None:
    """Writes the weights learnt from all reports."""
    save(fit(examples(corpus, layers), table.read(layers).pairs), path)


def train_fold(corpus: Path, layers: Sequence[Path], fold: int, path: Path) -> None:
    """Writes the weights that have not seen the reports of one fold, for a fair measurement of
    the whole way."""
    read = examples(corpus, layers)
    fold_of = assign(sorted({e.report for e in read}))
    pairs = table.read(layers).pairs
    save(fit((e for e in read if fold_of[e.report] != fold), pairs), path)


def save(model: Model, path: Path) -> None:
    """The weights as JSON, one kind a line, features in order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps(kind) + ":" + json.dumps(dict(sorted(weights.items())), ensure_ascii=False)
        for kind, weights in sorted(model.weights.items())
    ]
    about = json.dumps(_ABOUT, ensure_ascii=False)
    text = f'{{"about":{about},\n"weights":{{\n' + ",\n".join(lines) + "\n}}\n"
    path.write_text(text, encoding="utf-8")


def report(scores: Mapping[str, Score]) -> str:
    """The scores as a table in Markdown."""
    lines = ["| relation | annotated | P | R | F1 |", "|---|---:|---:|---:|---:|"]
    for row, s in scores.items():
        lines.append(f"| {row} | {s.gold} | {s.precision:.3f} | {s.recall:.3f} | {s.f1:.3f} |")
    return "\n".join(lines)
