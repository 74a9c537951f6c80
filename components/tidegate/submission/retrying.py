"""Which calls are made again, after which wait, and for how long at most."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stamina import Attempt

# 500 is here because a gateway answers it, too, for a backend that is restarting.
AGAIN = frozenset({429, 500, 502, 503, 504})


class CallFailed(Exception):
    """A call to the server that did not succeed.

    Attributes:
        status: HTTP status; None where no answer came.
        message: What the server, or the connection, says about it.
        retry_after: Seconds that the server asks to wait; None if it says nothing.
        unclear: Whether the server may have done the work all the same.
        late: Whether it may still be doing it.
        transient: Whether the same call may succeed later.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        unclear: bool = False,
        late: bool = False,
        transient: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.retry_after = retry_after
        self.unclear = unclear
        self.late = late
        self.transient = transient


@dataclass(frozen=True)
class RetryPolicy:
    """How patient a client is; all figures in seconds but `attempts`.

    Attributes:
        attempts: Calls in all, the first one included.
        total: After so long no further call is begun.
        first_wait: Before the second call; it doubles from call to call.
        longest_wait: Beyond which it does not grow.
        jitter: At most so much is added at random, so that a thousand clients
            do not come back at once.
        connect: For a connection to be made.
        answer: For the server to answer.
        settle: How long it is watched whether a call whose answer was lost is
            done after all, before it is made again.
    """

    attempts: int = 10
    total: float = 180.0
    first_wait: float = 0.5
    longest_wait: float = 20.0
    jitter: float = 1.0
    connect: float = 10.0
    answer: float = 60.0
    settle: float = 10.0

    def calls(
        self, tell: Callable[[CallFailed], None] | None = None
    ) -> Iterator[Attempt]:
        """Contexts to make one call in each; the last failure leaves them.

        Args:
            tell: Hears of every failure after which the call is made again.
        """
        import stamina

        _keep_quiet()
        begun = time.monotonic()

        def again(error: Exception) -> bool | float:
            if not isinstance(error, CallFailed) or not error.transient:
                return False
            wait = error.retry_after
            if wait is not None and time.monotonic() - begun + wait > self.total:
                return False  # It would wait for longer than it may.
            if tell is not None:
                tell(error)
            return True if wait is None else wait

        yield from stamina.retry_context(
            on=again,
            attempts=self.attempts,
            timeout=self.total,
            wait_initial=self.first_wait,
            wait_max=self.longest_wait,
            wait_jitter=self.jitter,
        )


def seconds_to_wait(header: str | None, now: datetime | None = None) -> float | None:
    """What a Retry-After header asks for, in seconds; None if it asks nothing.

    Args:
        header: Seconds or a date of HTTP, as RFC 9110 has it, section 10.2.3.
        now: The time that a date counts from; None for the present.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    if until.tzinfo is None:  # A date of HTTP is in GMT, whatever it leaves out.
        until = until.replace(tzinfo=timezone.utc)
    return max(0.0, (until - (now or datetime.now(timezone.utc))).total_seconds())


def _keep_quiet() -> None:
    """Keeps the retries' own log off the terminal, where nobody set up logging."""
    logger = logging.getLogger("stamina")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
