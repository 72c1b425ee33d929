"""The encoder learns the tags of annotated reports, and says what it thinks of texts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from app.training.distil import settings
from app.training.distil.corpus import Sentences, Tagged, Tags
from app.training.distil.encoder import BATCH, Encoder, Pieces, batches, pretrained, together


def tuned(reports: Sequence[Tagged], said: Tags) -> Encoder:
    """The encoder, fine-tuned. The same reports give the same encoder on one machine."""
    torch.manual_seed(settings.SEED)
    chance = random.Random(settings.SEED)  # noqa: S311 - an order, no secret
    cut = Pieces()
    windows, every, heads = [], [], []
    for report in reports:
        tags = iter(zip(_flat(report.every), _flat(report.heads), strict=True))
        for window in cut.windows(report.sentences):
            pairs = [next(tags) for _ in window.firsts]
            windows.append(window)
            every.append([said.every.index(a) for a, _ in pairs])
            heads.append([said.heads.index(b) for _, b in pairs])
    encoder = pretrained(said)
    last = [*encoder.every.parameters(), *encoder.heads.parameters()]
    known = {id(p) for p in last}
    groups = [
        {
            "params": [p for p in encoder.parameters() if id(p) not in known],
            "lr": settings.ENCODER_RATE,
        },
        {"params": last, "lr": settings.ENCODER_LAST_RATE},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = int(settings.ENCODER_EPOCHS * 1.1 * sum(len(w.pieces) for w in windows) / BATCH) + 1
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, settings.warmed(steps, 0.1))
    done = 0
    while done < steps:
        order = list(range(len(windows)))
        chance.shuffle(order)
        for k in range(0, len(order), 64):  # windows of like length together
            order[k : k + 64] = sorted(order[k : k + 64], key=lambda i: len(windows[i].pieces))
        these = list(batches(windows, order))
        chance.shuffle(these)
        for batch in these[: steps - done]:
            a, h = _scores(encoder, [windows[i] for i in batch])
            wanted = torch.tensor([y for i in batch for y in every[i]])
            wanted_heads = torch.tensor([y for i in batch for y in heads[i]])
            loss = functional.cross_entropy(a, wanted)
            loss = loss + settings.HEADS_SHARE * functional.cross_entropy(h, wanted_heads)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
            optimiser.step()
            rate.step()
        done += len(these)
    encoder.eval()
    return encoder


def _flat(rows: Sequence[Sequence[str]]) -> list[str]:
    return [tag for row in rows for tag in row]


def _scores(encoder: Encoder, windows: Sequence[Any]) -> tuple[Any, Any]:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        every, heads = encoder(*together(windows))
    return every.float(), heads.float()


def chances(encoder: Encoder, texts: Sequence[Sentences]) -> tuple[Any, Any]:
    """A row for each token of the texts, the probability of each tag: of all, and of heads."""
    cut = Pieces()
    windows, begins, count = [], [], 0
    for sentences in texts:
        for window in cut.windows(sentences):
            windows.append(window)
            begins.append(count)
            count += len(window.firsts)
    every = np.zeros((count, encoder.every.out_features), np.float16)
    heads = np.zeros((count, encoder.heads.out_features), np.float16)
    order = sorted(range(len(windows)), key=lambda i: len(windows[i].pieces))
    with torch.inference_mode():
        for batch in batches(windows, order):
            a, h = _scores(encoder, [windows[i] for i in batch])
            a, h = functional.softmax(a, -1).numpy(), functional.softmax(h, -1).numpy()
            rows = np.concatenate([begins[i] + np.arange(len(windows[i].firsts)) for i in batch])
            every[rows], heads[rows] = a, h
    return every, heads
