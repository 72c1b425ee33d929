"""Whether a named thing is there: present, absent, possible; past; a relative's; done or not.

A cue ("no", "was ruled out", "history of") speaks of the words on one side of it, as far as
its scope reaches. Cues and the words that end a scope are in
`mappings/narrative/assertion.toml`.

How acts (procedures, medications, tests) are told apart: declined and not done are ABSENT with
their mode; planned and hypothetical are POSSIBLE; stopped is PRESENT, since it was given.
"""

from __future__ import annotations

from app.narrative.assertion.judge import Asserter, load

__all__ = ["Asserter", "load"]
