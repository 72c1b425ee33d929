"""The network of `app.narrative.spotter.network` learns from annotated reports and from what
its teachers say of texts."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from app.narrative.spotter import network
from app.narrative.spotter.features import terms
from app.narrative.spotter.inputs import (
    FLAGS,
    FORMS,
    MOST_TERMS,
    NOTHING,
    UNKNOWN,
    Inputs,
    Inventory,
    forms,
)
from app.training.distil import settings
from app.training.distil.corpus import Sentences, Tags


@dataclass(frozen=True)
class Lesson:
    """A document with the probability of each tag (of all, of heads) for each of its tokens."""

    sentences: Sentences
    every: Any
    heads: Any
    annotated: bool


def inventory(texts: Sequence[Sentences], vocabulary: Any | None) -> Inventory:
    """The forms and terms that are frequent enough to be learnt."""
    words = Counter(token.text for text in texts for tokens in text for token in tokens)
    counts: list[Counter[str]] = [Counter() for _ in FORMS]
    for word, times in words.items():
        for count, form in zip(counts, forms(word), strict=True):
            count[form] += times
    said = Counter(
        t for text in texts for tokens in text for each in terms(tokens, vocabulary) for t in each
    )
    known = [
        sorted(form for form, n in count.items() if n >= least)
        for count, least in zip(counts, settings.LEAST, strict=True)
    ]
    return Inventory(known, sorted(t for t, n in said.items() if n >= settings.LEAST_TERM))


class _Network(nn.Module):
    def __init__(self, known: Inventory, said: Tags) -> None:
        super().__init__()
        width = settings.WIDTH
        pairs = zip(known.known, settings.SIZES, strict=True)
        self.forms = nn.ModuleList([_embedding(len(k), size, 0.3) for k, size in pairs])
        self.terms = _embedding(len(known.terms), width, 0.1)
        self.flags = nn.Embedding(FLAGS, width)
        nn.init.normal_(self.flags.weight, 0, 0.1)
        self.join = nn.Linear(sum(settings.SIZES), width)
        self.first = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(
            [nn.Conv1d(width, width, 3, dilation=d, padding=d) for d in settings.DILATIONS]
        )
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in settings.DILATIONS])
        self.last = nn.LayerNorm(width)
        self.drop = nn.Dropout(settings.DROPOUT)
        self.every = nn.Linear(width, len(said.every))
        self.heads = nn.Linear(width, len(said.heads))

    def forward(self, numbers: Any, terms: Any, flags: Any, there: Any) -> tuple[Any, Any]:
        hidden = torch.rand(numbers.shape[:2]) < settings.HIDDEN_WORDS
        numbers = numbers.clone()
        words = numbers[..., 0]
        numbers[..., 0] = torch.where(hidden & (words != NOTHING), UNKNOWN, words)
        x = torch.cat([table(numbers[..., i]) for i, table in enumerate(self.forms)], -1)
        x = self.join(self.drop(x)) + self.terms(terms).sum(-2) + self.flags(flags)
        x = self.first(x) * there
        for block, norm in zip(self.blocks, self.norms, strict=True):
            made = block((norm(x) * there).transpose(1, 2)).transpose(1, 2)
            x = (x + self.drop(functional.gelu(made, approximate="tanh"))) * there
        x = self.last(x)
        return self.every(x), self.heads(x)

    def parts(self) -> dict[str, Any]:
        """The arrays as `network.write` takes them; the layer of heads has done its work."""
        found = {f"form {i}": table.weight for i, table in enumerate(self.forms)}
        found |= {"terms": self.terms.weight, "flags": self.flags.weight}
        found |= {"join": self.join.weight.T, "join bias": self.join.bias}
        found |= {"first norm": _pair(self.first), "last norm": _pair(self.last)}
        found |= {"dilations": torch.tensor(settings.DILATIONS)}
        for i, (block, norm) in enumerate(zip(self.blocks, self.norms, strict=True)):
            steps = [block.weight[:, :, k].T for k in range(3)]
            found |= {f"block {i}": torch.cat(steps), f"block {i} bias": block.bias}
            found |= {f"norm {i}": _pair(norm)}
        found |= {"out": self.every.weight.T, "out bias": self.every.bias}
        return {name: part.detach().numpy() for name, part in found.items()}


def _embedding(known: int, size: int, spread: float) -> Any:
    table = nn.Embedding(known + 2, size, padding_idx=NOTHING)
    nn.init.normal_(table.weight, 0, spread)
    table.weight.data[NOTHING] = 0
    return table


def _pair(norm: Any) -> Any:
    return torch.stack([norm.weight, norm.bias])


class _Windows:
    """The places of a document with what is to be learnt of each, cut into windows."""

    def __init__(self, lesson: Lesson, known: Inventory, vocabulary: Any | None) -> None:
        inputs = known.inputs(lesson.sentences, vocabulary)
        self.inputs = inputs
        self.terms = _by_token(inputs)
        self.every = _spread(lesson.every, inputs)
        self.heads = _spread(lesson.heads, inputs)
        count = len(inputs.real)
        edges = np.linspace(0, count, max(1, -(-count // settings.WINDOW)) + 1).astype(int)
        self.edges = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def _by_token(inputs: Inputs) -> Any:
    found = np.zeros((len(inputs.real), MOST_TERMS), np.int64)
    filled = np.zeros(len(inputs.real), np.int64)
    for row, number in zip(inputs.term_rows, inputs.terms, strict=True):
        found[row, filled[row]] = number
        filled[row] += 1
    return found


def _spread(rows: Any, inputs: Inputs) -> Any:
    found = np.zeros((len(inputs.real), rows.shape[1]), np.float16)
    found[inputs.real] = rows
    return found


def _batch(windows: Sequence[tuple[_Windows, int, int]]) -> list[Any]:
    longest = max(end - begin for _, begin, end in windows)

    def padded(rows: Sequence[Any], kind: Any) -> Any:
        out = np.zeros((len(rows), longest, *rows[0].shape[1:]), kind)
        for i, row in enumerate(rows):
            out[i, : len(row)] = row
        return torch.from_numpy(out)

    def part(of: str) -> list[Any]:
        return [getattr(w.inputs, of)[a:b] for w, a, b in windows]

    return [
        padded(part("forms"), np.int64),
        padded([w.terms[a:b] for w, a, b in windows], np.int64),
        padded(part("flags"), np.int64),
        padded([np.ones((b - a, 1), np.float32) for _, a, b in windows], np.float32),
        padded([w.every[a:b] for w, a, b in windows], np.float32),
        padded([w.heads[a:b] for w, a, b in windows], np.float32),
        padded(part("real"), np.float32),
    ]


def learn(
    lessons: Sequence[Lesson], known: Inventory, said: Tags, vocabulary: Any, out: Path
) -> None:
    """Trains and writes the network. The same lessons give the same network on one machine."""
    torch.manual_seed(settings.SEED)
    chance = random.Random(settings.SEED)  # noqa: S311 - an order, no secret
    windows: list[tuple[_Windows, int, int]] = []
    for lesson in lessons:
        made = _Windows(lesson, known, vocabulary)
        times = settings.ANNOTATED_TIMES if lesson.annotated else 1
        windows += [(made, a, b) for a, b in made.edges] * times
    model = _Network(known, said)
    size = min(settings.BATCH, len(windows))
    steps = int(settings.NETWORK_EPOCHS * len(windows) / size)
    optimiser = torch.optim.AdamW(model.parameters(), lr=settings.NETWORK_RATE, weight_decay=0.02)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, settings.warmed(steps, 0.05))
    done = 0
    while done < steps:
        chance.shuffle(windows)
        for k in range(0, len(windows) - size + 1, size):
            if done == steps:
                break
            done += 1
            *seen, every, heads, real = _batch(windows[k : k + size])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                a, h = model(*seen)
            loss = _distance(a, every, real) + settings.HEADS_SHARE * _distance(h, heads, real)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            rate.step()
    network.write(out, known, said.every, model.parts())


def _distance(scores: Any, wanted: Any, real: Any) -> Any:
    """Cross-entropy to the probabilities that are wanted, over the places that are tokens."""
    said = functional.log_softmax(scores.float(), -1)
    return -((said * wanted).sum(-1) * real).sum() / real.sum()
