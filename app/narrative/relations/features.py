"""What is looked at to decide whether a modifier belongs to a head."""

from __future__ import annotations

from collections.abc import Iterator

from app.narrative.relations.layout import Layout, bare

_FARTHEST = 50  # tokens; farther apart nothing has been seen to belong together
_LISTED = 12


def _bucket(n: int) -> str:
    return (
        str(n) if n < 5 else "5-7" if n < 8 else "8-11" if n < 12 else "12-19" if n < 20 else "20+"
    )


class PairFeatures:
    """Features of the pairs of one relation kind in one sentence."""

    def __init__(self, layout: Layout, heads: list[int], modifiers: list[int]) -> None:
        self.layout = layout
        self.heads = heads
        self.modifiers = modifiers
        self._head_rank = {h: i for i, h in enumerate(heads)}
        self._modifier_rank = {m: i for i, m in enumerate(modifiers)}

    def of(self, modifier: int) -> Iterator[tuple[int, list[str]]]:
        """The heads that the modifier may belong to, from the nearest outwards, with features."""
        layout = self.layout
        first, last = layout.first[modifier], layout.last[modifier]
        left: list[int] = []
        right: list[int] = []
        nested: list[int] = []
        for head in self.heads:
            if head == modifier:
                continue
            if layout.last[head] <= first:
                left.append(head)
            elif layout.first[head] >= last:
                right.append(head)
            else:
                nested.append(head)
        left.reverse()
        to_left = first - layout.last[left[0]] if left else _FARTHEST
        to_right = layout.first[right[0]] - last if right else _FARTHEST
        for head in nested:
            yield head, self._pair(modifier, head, "n", 0, "0", "0", 0, to_right)
        for order, side, rival in ((">", left, to_right), ("<", right, to_left)):
            yield from self._side(modifier, order, side, rival)

    def adjacent(self, first: int, second: int) -> list[str]:
        """The features of a mention and the next one of its kind."""
        return self._pair(second, first, ">", 0, "0", "0", 0, _FARTHEST)

    def _side(
        self, modifier: int, order: str, side: list[int], rival: int
    ) -> Iterator[tuple[int, list[str]]]:
        layout = self.layout
        linked = True
        for place, head in enumerate(side):
            if place:
                linked = linked and layout.joined[head if order == ">" else side[place - 1]]
            start, stop = (head, modifier) if order == ">" else (modifier, head)
            distance = layout.first[stop] - layout.last[start]
            if distance > _FARTHEST:
                return
            chain = "0" if not place else "y" if linked else "n"
            between = [
                m
                for m in self.modifiers
                if m != head
                and layout.last[start] <= layout.first[m]
                and layout.last[m] <= layout.first[stop]
            ]
            own = [*between, modifier] if order == ">" else [modifier, *between]
            chained = "0"
            if between:
                chained = "y" if all(layout.joined[m] for m in own[:-1]) else "n"
            if chain == "n" and chained != "y" and place >= (2 if chained == "n" else 4):
                return
            yield (
                head,
                self._pair(modifier, head, order, place, chain, chained, len(between), rival),
            )

    def _pair(
        self,
        modifier: int,
        head: int,
        order: str,
        heads_between: int,
        chain: str,
        chained: str,
        modifiers_between: int,
        rival: int,
    ) -> list[str]:
        """The features of a pair.

        `order` is where the modifier stands: "<" before, ">" after, "n" nested in the head.
        `chain`: whether the heads from the nearest one to this are coordinated; `chained`: the
        same for the modifiers between; "0" when there are none. `rival` is the distance to the
        nearest head on the other side.
        """
        layout = self.layout
        left, right = (head, modifier) if order == ">" else (modifier, head)
        distance = max(0, layout.first[right] - layout.last[left])
        gap = layout.gap(left, right)
        hb, mb = min(heads_between, 4), min(modifiers_between, 4)
        hkind = layout.kinds[head]
        m_tail, m_first, m_before, m_after, m_shape = layout.looks[modifier]
        h_tail, h_first, h_before, h_after, _ = layout.looks[head]
        closest = not heads_between
        rival_gap = "-"
        if rival < _FARTHEST:
            rival_gap = "closer" if rival < distance else "same" if rival == distance else "farther"
            if rival == 0:
                rival_gap += "0"
        commas = min(gap.count(","), 3)
        stop = ";" in gap or ":" in gap or "." in gap
        brackets = gap.count("(") - gap.count(")")
        base = f"{order}{hkind}"
        features = [
            f"o={base}",
            f"od={base}{_bucket(distance)}",
            f"b={order}{hb}|{mb}",
            f"c={order}{closest}{chain}{chained}",
            f"cr={order}{closest}{chain}{rival_gap}",
            f"crd={base}{closest}{chain}{rival_gap}{_bucket(distance)}{m_shape}",
            f"p={order}{commas}{stop}{brackets}",
            f"mt={order}{m_tail}",
            f"mt1={m_first}{order}{closest}",
            f"mtc={order}{m_tail}{closest}{chain}",
            f"ht={order}{h_tail}",
            f"htd={order}{h_tail}{_bucket(distance)}",
            f"mp={m_before}{order}{closest}",
            f"mn={m_after}{order}{closest}",
            f"mnr={m_after}{order}{rival_gap}",
            f"hp={h_before}{order}",
            f"hn={h_after}{order}{hb}",
            f"hf={h_first}{order}",
        ]
        core = bare(gap)
        if len(core) <= 5:
            features.append(f"k={base}{' '.join(core)}")
            features.append(f"kc={order}{closest}{chain}{' '.join(core[-2:])}")
        if core:
            features.append(f"k1={base}{core[0]}{chain}")
            features.append(f"kn={base}{core[-1]}{chain}{chained}")
        size = len(gap)
        if size <= 4:
            features.append(f"g={order}{' '.join(gap)}")
            features.append(f"gk={base}{' '.join(gap)}")
        if size:
            features.append(f"gl={order}{gap[-1]}{hb}")
            if size <= _LISTED:
                features.extend(f"w={order}{word}" for word in dict.fromkeys(gap))
            else:
                features.append(f"w={order}long")
        if layout.respectively:
            same = self._head_rank.get(head, -1) == self._modifier_rank[modifier]
            features.append(f"r={same}")
            features.append(f"r={same}{len(self.heads) == len(self.modifiers)}")
        return features
