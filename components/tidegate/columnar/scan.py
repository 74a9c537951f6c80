"""One pass over a data set: batches made and looked at on threads, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from tidegate.columnar.dataset import Batch, Dataset, Task

_T = TypeVar("_T")
THREADS = 2
_AHEAD = 2


def scan(
    dataset: Dataset,
    look: Callable[[Batch], _T],
    parts: Iterable[int] | None = None,
) -> Iterator[_T]:
    """What `look` makes of every batch, in the order of the batches.

    At most a few batches are held at once, so memory does not grow with files.

    Args:
        dataset: The data set.
        look: Called with each batch, from several threads at a time.
        parts: Parts to read; None reads all of them.

    Raises:
        DataError: A file cannot be read whole.
        StartAgain: See `Dataset.tasks`.
    """
    numbers = range(len(dataset.parts)) if parts is None else parts
    waiting: deque[Future[_T]] = deque()
    pool = ThreadPoolExecutor(THREADS)
    try:
        for number in numbers:
            for task in dataset.tasks(number):
                waiting.append(pool.submit(_made, task, look))
                if len(waiting) >= THREADS + _AHEAD:
                    yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _made(task: Task, look: Callable[[Batch], _T]) -> _T:
    return look(task())
