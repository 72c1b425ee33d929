"""Loading in one go: much is made, nothing of it is thrown away."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Without garbage collection inside.

    The collector would look through everything loaded so far, again and again, and find
    nothing to free: that takes nearly as long as the loading itself.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def settle() -> None:
    """Let the collector look only at what is made from now on, and less often.

    For a process that has loaded everything for the rest of its life: a conversion makes tens of
    thousands of small things, hardly any of them in circles.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
