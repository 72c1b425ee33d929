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
    """Tell the collector to leave alone what is there now: for a process that has loaded
    everything it needs for the rest of its life."""
    gc.collect()
    gc.freeze()
