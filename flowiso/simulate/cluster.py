"""Runs on a Dask cluster (the extra `cluster`): its workers need this FlowISO, and the flows folder under the same path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Self, TypeVar

from ..errors import BadValue, FlowISOError
from ..text import Text

T = TypeVar("T")
R = TypeVar("R")

PATIENCE = 5
"""Seconds to find the cluster and the first of its workers."""


class Cluster:
    """The cluster at an address, tcp://host:8786. BadValue when Dask isn't installed or nobody answers there."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._client = _client(address)

    def each(self, function: Callable[[T], R], tasks: Sequence[T], on_done: Callable[[int, R], None]) -> list[R]:
        """See `Crew.each`. A worker that is lost loses nothing: the cluster has its tasks done again by others."""
        from distributed import as_completed

        futures = self._client.map(function, tasks, pure=False)
        places = {future.key: place for place, future in enumerate(futures)}
        done: dict[int, R] = {}
        try:
            for future in as_completed(futures, loop=self._client.loop):
                place = places[future.key]
                done[place] = self._result(future)
                on_done(place, done[place])
        finally:
            with suppress(Exception):
                self._client.cancel(futures)
        return [done[place] for place in range(len(tasks))]

    def _result(self, future: Any) -> Any:
        try:
            return future.result()
        except FlowISOError:
            raise
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise FlowISOError(
                Text(
                    f"cụm '{self._address}' không chạy được mô phỏng: {said}",
                    f"the cluster '{self._address}' can't run the simulation: {said}",
                )
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise BadValue(_MISSING) from error
    client = None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
        client.wait_for_workers(1, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        if client is not None:
            client.close()
        text = Text(
            f"cụm Dask '{address}' không trả lời hoặc không có máy làm việc; hãy ghi địa chỉ như tcp://may:8786",
            f"the Dask cluster '{address}' doesn't answer or has no worker; write an address such as tcp://host:8786",
        )
        raise BadValue(text) from error
    return client


_MISSING = Text(
    "chạy trên cụm cần Dask; hãy cài bằng: pip install 'flowiso[cluster]'",
    "to run on a cluster needs Dask; install it with: pip install 'flowiso[cluster]'",
)
