"""What is looked at to decide whether a modifier belongs to a head."""

from __future__ import annotations

from app.narrative.relations.layout import Layout

_FARTHEST = 60  # tokens; farther apart nothing has been seen to belong together
_LISTED = 12


def _bucket(n: int) -> str:
    return (
        str(n) if n < 5 else "5-7" if n < 8 else "8-11" if n < 12 else "12-19" if n < 20 else "20+"
    )


def _shape(words: list[str]) -> str:
    text = "".join(words)
    if any(c.isdigit() for c in text):
        return "number" if len(words) == 1 else "number+"
    return "word" if len(words) == 1 else "words"


class PairFeatures:
    """Features of the pairs of one relation kind in one sentence."""

    def __init__(self, layout: Layout, heads: list[int], modifiers: list[int]) -> None:
        self.layout = layout
        self.heads = heads
        self.modifiers = modifiers
        self._head_rank = {h: i for i, h in enumerate(heads)}
        self._modifier_rank = {m: i for i, m in enumerate(modifiers)}
        self._own: dict[int, list[str]] = {}
        self._nearest = {m: self._nearest_heads(m) for m in modifiers}

    def _nearest_heads(self, modifier: int) -> tuple[int, int]:
        """The nearest head that ends before the modifier and the nearest that begins after it."""
        layout, left, right = self.layout, -1, -1
        for head in self.heads:
            if head == modifier:
                continue
            if layout.last[head] <= layout.first[modifier]:
                left = head
            elif layout.first[head] >= layout.last[modifier] and right < 0:
                right = head
        return left, right

    def _words_of(self, index: int) -> list[str]:
        own = self._own.get(index)
        if own is None:
            layout = self.layout
            words = layout.text(index)
            tail = words[-1] if words else ""
            own = [
                tail,
                words[0] if words else "",
                layout.before(index),
                layout.after(index),
                _shape(words),
            ]
            self._own[index] = own
        return own

    def pair(self, modifier: int, head: int) -> list[str] | None:
        """The features of a pair, or None when it is out of the question."""
        layout = self.layout
        nested = (
            layout.first[head] < layout.last[modifier]
            and layout.first[modifier] < layout.last[head]
        )
        after = layout.first[modifier] >= layout.first[head]
        left, right = (head, modifier) if after else (modifier, head)
        distance = max(0, layout.first[right] - layout.last[left])
        if distance > _FARTHEST:
            return None
        gap = layout.gap(left, right)
        order = "n" if nested else ">" if after else "<"
        heads_between = [
            h
            for h in self.heads
            if h not in (head, modifier)
            and layout.last[left] <= layout.first[h]
            and layout.last[h] <= layout.first[right]
        ]
        modifiers_between = sum(
            1
            for m in self.modifiers
            if m not in (head, modifier)
            and layout.last[left] <= layout.first[m]
            and layout.last[m] <= layout.first[right]
        )
        hb, mb = min(len(heads_between), 4), min(modifiers_between, 4)
        mkind = layout.mentions[modifier].kind.value
        hkind = layout.mentions[head].kind.value
        m_tail, m_first, m_before, m_after, m_shape = self._words_of(modifier)
        h_tail, h_first, h_before, h_after, _ = self._words_of(head)
        near_left, near_right = self._nearest[modifier]
        closest = head in (near_left, near_right)
        chain = self._chained(heads_between, head, after)
        chained = self._modifier_chain(modifier, head, after)
        rival = near_right if after else near_left
        rival_gap = "-"
        if rival >= 0:
            rival_distance = (
                layout.first[rival] - layout.last[modifier]
                if after
                else layout.first[modifier] - layout.last[rival]
            )
            rival_gap = (
                "closer"
                if rival_distance < distance
                else "same"
                if rival_distance == distance
                else "farther"
            )
            if rival_distance == 0:
                rival_gap += "0"
        commas = min(gap.count(","), 3)
        stop = ";" in gap or ":" in gap or "." in gap
        brackets = gap.count("(") - gap.count(")")
        base = f"{order}{hkind}"
        features = [
            f"o={base}",
            f"od={base}{_bucket(distance)}",
            f"b={order}{hb}|{mb}",
            f"bs={base}{hb}|{mb}|{m_shape}",
            f"c={order}{closest}{chain}{chained}",
            f"cs={order}{closest}{chain}{chained}{m_shape}{hkind}",
            f"cr={order}{closest}{chain}{rival_gap}",
            f"crd={base}{closest}{chain}{rival_gap}{_bucket(distance)}{m_shape}",
            f"p={order}{commas}{stop}{brackets}",
            f"mt={order}{m_tail}",
            f"mt1={m_first}{order}{closest}",
            f"mtc={order}{m_tail}{closest}{chain}",
            f"ht={order}{h_tail}",
            f"htd={order}{h_tail}{_bucket(distance)}",
            f"mk={mkind}{hkind}{order}",
            f"mp={m_before}{order}{closest}",
            f"mn={m_after}{order}{closest}",
            f"mnr={m_after}{order}{rival_gap}",
            f"hp={h_before}{order}",
            f"hn={h_after}{order}{hb}",
            f"hf={h_first}{order}",
            f"mh={m_tail}|{h_tail}",
        ]
        size = len(gap)
        if size <= 4:
            features.append(f"g={order}{' '.join(gap)}")
            features.append(f"gk={base}{' '.join(gap)}")
        if size:
            features.append(f"gf={order}{gap[0]}")
            features.append(f"gl={order}{gap[-1]}{hb}")
            if size <= _LISTED:
                features.extend(f"w={order}{word}" for word in dict.fromkeys(gap))
                features.extend([f"ww={order}{a} {b}" for a, b in zip(gap, gap[1:], strict=False)])
            else:
                features.append(f"w={order}long")
        if layout.respectively:
            same = self._head_rank.get(head, -1) == self._modifier_rank[modifier]
            features.append(f"r={same}")
            features.append(f"r={same}{len(self.heads) == len(self.modifiers)}")
        return features

    def _chained(self, between: list[int], head: int, after: bool) -> str:
        """Whether `head` is coordinated with the head that is nearest to the modifier."""
        if not between:
            return "0"
        chain = [head, *between] if after else [*between, head]
        joined = self.layout.joined
        return "y" if all(joined[h] for h in chain[:-1]) else "n"

    def _modifier_chain(self, modifier: int, head: int, after: bool) -> str:
        """Whether the modifiers between the two are coordinated with this modifier."""
        layout = self.layout
        if after:
            between = [
                m
                for m in self.modifiers
                if m != head and layout.first[m] >= layout.last[head] and m < modifier
            ]
            chain = [*between, modifier]
        else:
            between = [
                m
                for m in self.modifiers
                if m != head and layout.last[m] <= layout.first[head] and m > modifier
            ]
            chain = [modifier, *between]
        if not between:
            return "0"
        joined = layout.joined
        return "y" if all(joined[m] for m in chain[:-1]) else "n"
