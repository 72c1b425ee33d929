"""Tests, imaging and pathology in words."""

from __future__ import annotations

from collections.abc import Iterable

from app.case.model import Assertion, Imaging, Pathology, Performed, Problem, Test
from app.summary.lines import Line, Words, first_place, place_of, places, sites
from app.summary.problems import problem

COLUMNS = ("Test", "Result", "Said to be", "Reference", "When, of what")


def test(fact: Test) -> Line:
    """A test as a row: name, result, interpretation, reference range, time and specimen."""
    result = [fact.value.text] if fact.value else []
    told = result[0] if result else ""
    result += [f"{c.name} {c.value.text}" for c in fact.components if c.value.text not in told]
    said = [i.text for i in fact.interpretation if i.text not in result]
    if fact.assertion is Assertion.ABSENT and not result:
        result = ["absent"]
    if fact.performed is not Performed.DONE:
        result.append(fact.performed.value.replace("-", " "))
    if fact.assertion is Assertion.POSSIBLE:
        said.append("not certain")
    about = [p.text for p in (fact.time, fact.specimen) if p is not None]
    where = sites(fact.site, fact.name)
    if where:
        about.append(where)
    cells = (
        fact.name,
        "; ".join(result),
        ", ".join(said),
        fact.reference_range.text if fact.reference_range else "",
        ", ".join(about),
    )
    words = Words(fact.name).add(cells[1], ": ", "").add(cells[2])
    words.add(cells[3], ", ", "reference ").add(cells[4])
    return Line(words.text, places(fact, fact.value, *fact.interpretation), cells)


def done(facts: Iterable[Test]) -> tuple[Line, ...]:
    """One line for the tests of which the text does not tell what came out."""
    names = {f.name.casefold(): f for f in facts}
    if not names:
        return ()
    words = ", ".join(f.name for f in names.values())
    return (
        Line(
            f"done, result not told: {words}", tuple(p for f in names.values() for p in place_of(f))
        ),
    )


def has_result(fact: Test) -> bool:
    """Whether the text tells what came out of a test."""
    told = fact.value or fact.components or fact.interpretation
    other = fact.assertion is not Assertion.PRESENT or fact.performed is not Performed.DONE
    return bool(told) or other


def imaging(fact: Imaging, problems: dict[str, Problem], names: dict[str, str]) -> Line:
    """An examination with what it showed below it."""
    words = Words(fact.name)
    words.add(sites(fact.site, fact.name), " of ")
    words.add(fact.contrast.text if fact.contrast else None)
    for plane in fact.plane:
        words.add(plane.text)
    return _study(fact, words, problems, names)


def pathology(fact: Pathology, problems: dict[str, Problem], names: dict[str, str]) -> Line:
    """A pathological examination with what it showed below it."""
    words = Words(fact.name)
    words.add(fact.specimen.text if fact.specimen else None, " of ")
    words.add(names.get(fact.procedure or ""), ", ", "procedure: ")
    return _study(fact, words, problems, names)


def _study(
    fact: Imaging | Pathology, words: Words, problems: dict[str, Problem], names: dict[str, str]
) -> Line:
    words.add(fact.time.text if fact.time else None)
    words.add(" and ".join(names[k] for k in fact.reason if k in names), ", ", "for ")
    if fact.planned:
        words.text = f"planned: {words.text}"
    below = [problem(problems[k], names) for k in fact.findings if k in problems]
    if fact.conclusion is not None:
        below.append(Line(fact.conclusion.text, fact.conclusion.evidence[:1]))
    return Line(words.text, place_of(fact), under=tuple(sorted(below, key=first_place)))
