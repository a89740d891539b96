"""Learning how a server wants to be asked from what it refuses: nothing is learnt yet."""

from collections.abc import Awaitable, Callable

from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import Refusal, Reply
from tasks.serving.request import Request

Ask = Callable[[Request], Awaitable[Reply | Refusal]]


async def negotiate(endpoint: Endpoint, request: Request, status: int, words: str, ask: Ask) -> bool:
    """Return whether to ask a refused request anew at once: the server is asked otherwise from now on."""
    del endpoint, request, status, words, ask
    return False


def learn_from(reply: Reply, request: Request, endpoint: Endpoint) -> bool:
    """Return whether to ask anew: the reply shows how this server is to be asked."""
    del reply, request, endpoint
    return False
