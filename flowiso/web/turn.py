"""What is asked once in a turn of the event loop, for all who came before it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """An answer shared by the requests of a turn: each call to the system lets other threads in, which costs more than the call.

    Nobody who comes by the loop is told of a time before he came. The loop does things in the order they were put down, and to
    forget the answer is put down before the question is asked: whoever comes after the question finds no answer.
    """

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._said: dict[asyncio.AbstractEventLoop, T] = {}

    def told(self) -> T:
        """The answer; asked now where no event loop runs. Raises what `ask` raises, which nobody else is told."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self._ask()
        if loop not in self._said:
            loop.call_soon(self._forget, loop)
            self._said[loop] = self._ask()
        return self._said[loop]

    def _forget(self, loop: asyncio.AbstractEventLoop) -> None:
        self._said.pop(loop, None)
