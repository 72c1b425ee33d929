"""Where in the article a paragraph stands: the headings above it, and what they make of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.documents.headings import Heading
from app.text import BlockKind

_KEPT_BY_PARTS = frozenset({BlockKind.CASE, BlockKind.DISCUSSION, BlockKind.REFERENCES})
"""Sections whose unknown subheadings do not change what the text is."""


def nested_kind(parent: BlockKind | None, heading: Heading | None) -> BlockKind:
    """What the text under a heading is that certainly lies inside a section of kind `parent`."""
    if parent is None:
        return heading.kind if heading else BlockKind.UNKNOWN
    if heading is None:
        return parent
    if parent is BlockKind.ABSTRACT:
        return heading.in_abstract or BlockKind.ABSTRACT
    if parent is BlockKind.UNKNOWN:
        return heading.kind
    if heading.level != "section" or heading.kind is BlockKind.UNKNOWN:
        return parent if parent is not BlockKind.INTRODUCTION else heading.kind
    if parent is BlockKind.CASE and heading.kind is BlockKind.INTRODUCTION:
        return parent  # "Background" of a patient
    if parent is BlockKind.DISCUSSION and heading.kind is not BlockKind.CASE:
        return parent
    return heading.kind


@dataclass(frozen=True, slots=True)
class _Level:
    words: str
    kind: BlockKind
    depth: int
    heading: Heading | None


class Sections:
    """Follows the headings of a text whose nesting is not marked, from first to last."""

    def __init__(self) -> None:
        self._stack: list[_Level] = []
        self._abstract_texts = 0
        self._abstract_labels: list[BlockKind] = []
        self._abstract_run_in = False
        self._empty = False
        self.started = False

    @classmethod
    def inside(cls, kind: BlockKind, headings: tuple[str, ...]) -> Sections:
        """A place whose nesting is known: under these headings, outermost first."""
        sections = cls()
        sections._stack = [
            _Level(words, kind, depth, None) for depth, words in enumerate(headings, start=1)
        ]
        sections.started = True
        return sections

    @property
    def kind(self) -> BlockKind:
        return self._stack[-1].kind if self._stack else BlockKind.UNKNOWN

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(level.words for level in self._stack)

    @property
    def in_abstract(self) -> bool:
        return bool(self._stack) and self._stack[0].kind is BlockKind.ABSTRACT

    def text(self) -> None:
        """A paragraph without a label stands here."""
        self._empty = False
        if self.in_abstract and len(self._stack) == 1:
            self._abstract_texts += 1

    def close(self) -> None:
        """What follows belongs to no section that a heading names."""
        self._stack = []

    def label(self, heading: Heading, words: str) -> None:
        """A heading that runs into its text."""
        self.started = True
        self._empty = False
        if self.in_abstract and heading.in_abstract:
            self._abstract_run_in = True
            self._push_label(heading, words)
            return
        self.open(heading, words, depth=0)

    def single(self, heading: Heading, words: str) -> tuple[BlockKind, tuple[str, ...]]:
        """A label that holds for its own paragraph only ("Keywords: ...", "Funding. ...")."""
        if self.in_abstract or self.kind is not heading.kind:
            self.close()
        return heading.kind, (*self.headings, words)

    def _push_label(self, heading: Heading, words: str) -> None:
        kind = heading.in_abstract or BlockKind.ABSTRACT
        self._abstract_labels.append(kind)
        self._stack = [self._stack[0], _Level(words, kind, 2, heading)]

    def _labels_abstract(self, heading: Heading, depth: int) -> bool:
        """Whether a heading on its own line is a label of the abstract it follows."""
        if not self.in_abstract or heading.in_abstract is None or depth or self._abstract_run_in:
            return False
        if self._abstract_texts:
            return False
        seen = self._abstract_labels
        return BlockKind.DISCUSSION not in seen and not (
            heading.in_abstract is BlockKind.INTRODUCTION and heading.in_abstract in seen[:-1]
        )

    def open(self, heading: Heading | None, words: str, *, depth: int) -> None:
        """A heading on a line of its own; `depth` of its numbering, 0 without any.

        `heading` is None for words that the table does not know.
        """
        self.started = True
        if heading is not None and self._labels_abstract(heading, depth):
            self._push_label(heading, words)
            return
        if depth > 1 and self._stack and not self.in_abstract:
            self._keep([level for level in self._stack if level.depth < depth])
            parent = self._stack[-1].kind if self._stack else None
            self._stack.append(_Level(words, nested_kind(parent, heading), depth, heading))
            return
        if heading is None:
            self._open_unknown(words, depth)
        elif heading.level == "section" or depth == 1:
            self._open_section(heading, words)
        else:
            self._open_part(heading, words)

    def _keep(self, levels: list[_Level]) -> None:
        self._stack = levels

    def _open_section(self, heading: Heading, words: str) -> None:
        kind = heading.kind
        if heading.level != "section" and self._stack and not self.in_abstract:
            kind = self._part_kind(heading)
        level = _Level(words, kind, 1, heading)
        if self._empty and len(self._stack) == 1 and self._stack[0].kind is kind:
            # "Case presentation" directly above "Case report": one inside the other
            self._stack.append(replace(level, depth=2))
            return
        self._stack = [level]
        self._empty = True
        if kind is BlockKind.ABSTRACT:
            self._abstract_texts, self._abstract_labels = 0, []
            self._abstract_run_in = False

    def _part_kind(self, heading: Heading) -> BlockKind:
        root = self._stack[0].kind
        return root if root in (BlockKind.CASE, BlockKind.DISCUSSION) else heading.kind

    def _open_part(self, heading: Heading, words: str) -> None:
        if self.in_abstract or not self._stack:
            self._open_section(heading, words)
            return
        kind = self._part_kind(heading)
        if kind is not self._stack[0].kind:
            self._stack = [_Level(words, kind, 1, heading)]
            return
        root = self._stack[0]
        if heading.level == "patient":
            sibling = root.heading is not None and root.heading.level == "patient"
            kept = [] if sibling else [root]
        else:
            patients = [
                level
                for level in self._stack
                if level.heading is not None and level.heading.level == "patient"
            ]
            # Parts of equal rank follow each other: one on top of the case section itself.
            alone = root.heading is not None and root.heading.level == "part"
            kept = ([] if alone else [root]) + [one for one in patients if one is not root]
        depth = kept[-1].depth + 1 if kept else 1
        self._stack = [*kept, _Level(words, kind, depth, heading)]

    def _open_unknown(self, words: str, depth: int) -> None:
        kept_kind = self._stack and self._stack[0].kind in _KEPT_BY_PARTS
        if depth == 1 or not kept_kind:
            self._stack = [_Level(words, BlockKind.UNKNOWN, 1, None)]
        else:
            kept = [level for level in self._stack if level.heading is not None]
            kind = kept[-1].kind if kept else BlockKind.UNKNOWN
            self._stack = [*kept, _Level(words, kind, len(kept) + 1, None)]
