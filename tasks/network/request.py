"""One request, tried again where that can help: timeouts, resets, overload, answers that are not what was asked for."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.network.answer import HttpAnswer
from tasks.network.mask import mask
from tasks.network.pace import Pace
from tasks.settings import settings
from tasks.stopping import sleep

ATTEMPTS = 6
LONGEST_WAIT = 60.0
LONGEST_REQUESTED_WAIT = 600.0
TIMEOUT = httpx.Timeout(60.0, connect=15.0)
OVERLOADED = frozenset({408, 425, 429})
MISSING = frozenset({404, 410})

T = TypeVar("T")


class NetworkError(DistilleryError):
    """A server could not be reached or did not give what was asked for; the message says which and what to do."""


class MissingError(NetworkError):
    """A server has nothing at an address."""


class FaultyAnswerError(Exception):
    """An answer that another try may mend; ``retry_after`` is the wait that the server asked for, in seconds.

    What a server said may stand in the reason: it is masked.
    """

    def __init__(self, reason: str, retry_after: float = 0.0) -> None:
        super().__init__(mask(reason))
        self.retry_after = min(retry_after, LONGEST_REQUESTED_WAIT)


def request(send: Callable[[], httpx.Response], read: Callable[[httpx.Response], T], pace: Pace, about: str) -> T:
    """Send a request in its turn, and again while it fails in a way that may pass; return what ``read`` makes of it.

    Args:
        read: turns an answer into a value, or raises ``FaultyAnswerError``.
        about: what is asked for, without secrets, for the log and for errors.

    Raises:
        NetworkError: the last of ``ATTEMPTS`` failed, or the server refused.
    """

    about = mask(about)

    def attempt() -> T:
        pace.wait()
        try:
            response = send()
            _check_status(response, about)
            return read(response)
        except httpx.HTTPError as error:
            raise FaultyAnswerError(f"{type(error).__name__} {error}".strip()) from error
        except UnicodeError as error:
            raise NetworkError(f"{about}: the address names no host ({error}); check it") from error
        except FaultyAnswerError as error:
            pace.hold(error.retry_after)
            raise

    try:
        return Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            retry=retry_if_exception_type(FaultyAnswerError),
            sleep=sleep,
            before_sleep=lambda state: _tell(state, about),
            reraise=True,
        )(attempt)
    except FaultyAnswerError as error:
        raise NetworkError(f"{about}: {ATTEMPTS} tries failed, the last one with: {error}; try again later") from None


def retry_after(response: HttpAnswer) -> float:
    """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3: seconds or a date), 0 without one."""
    asked = response.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0


def _check_status(response: httpx.Response, about: str) -> None:
    if response.status_code in OVERLOADED or response.is_server_error:
        raise FaultyAnswerError(f"HTTP {response.status_code}", retry_after(response))
    # E-utilities pass faults of their back end, and histories that have expired, on as 400 with an <ERROR>.
    if not (response.is_success or (response.status_code == 400 and b"<ERROR>" in response.content)):
        failure = MissingError if response.status_code in MISSING else NetworkError
        raise failure(f"{about}: the server refused with HTTP {response.status_code}; check the request")


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, FaultyAnswerError) else 0.0
    backoff = wait_random_exponential(multiplier=settings().retry_seconds, max=LONGEST_WAIT)(state)
    return max(asked, backoff)


def _tell(state: RetryCallState, about: str) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.info("%s: %s; trying again in %.1f s", about, error, state.next_action.sleep if state.next_action else 0.0)
