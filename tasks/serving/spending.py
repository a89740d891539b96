"""What a run spends on language models: tokens counted as replies come, and limits kept before the next is asked."""

import threading

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tasks.cost import in_currency
from tasks.logger import logger
from tasks.serving.authorisation import EndpointError
from tasks.serving.reply import Reply
from tasks.serving.request import Request
from tasks.store.outcome import EndOfRunError, Outcome
from tasks.store.reference import LlmUsage

CHARACTERS_PER_TOKEN = 4
MILLION, ROUNDING = 1_000_000, 1e-9


class LimitReachedError(EndpointError, EndOfRunError):
    """A run has spent what it may; the message says how much, and how it goes on."""


class Limits(BaseModel):
    """What a run may spend on language models, and what tokens cost. Nothing here changes a row."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    most_tokens: int | None = Field(
        default=None,
        ge=1,
        title="Most tokens",
        description="Of prompts and answers together, thoughts among them; then the run ends, and what was answered is "
        "kept. Empty: no limit.",
    )
    most_cost: float | None = Field(
        default=None, gt=0, title="Highest cost", description="In the currency of the prices. Empty: no limit."
    )
    prompt_price: float | None = Field(default=None, ge=0, title="Price of a million prompt tokens")
    completion_price: float | None = Field(default=None, ge=0, title="Price of a million answer tokens")

    @model_validator(mode="after")
    def _prices_are_known(self) -> "Limits":
        given = [price for price in (self.prompt_price, self.completion_price) if price is not None]
        if len(given) == 1:
            raise ValueError("give both prices, of a million prompt tokens and of a million answer tokens")
        if self.most_cost is not None and not given:
            raise ValueError(
                "a highest cost needs prices: give those of a million prompt and of a million answer tokens"
            )
        return self

    @property
    def are_set(self) -> bool:
        """Whether there is a limit."""
        return self.most_tokens is not None or self.most_cost is not None

    def cost(self, usage: LlmUsage) -> float | None:
        """Return what was asked costs; None where the prices are not given."""
        if self.prompt_price is None or self.completion_price is None:
            return None
        prompt, completion = usage.prompt_tokens * self.prompt_price, usage.completion_tokens * self.completion_price
        return (prompt + completion) / MILLION

    def share(self, usage: LlmUsage) -> float:
        """Return which share of the limit that is nearest was used; 1 and more where it is reached."""
        cost, shares = self.cost(usage), [0.0]
        if self.most_tokens is not None:
            shares.append(usage.tokens / self.most_tokens)
        if self.most_cost is not None and cost is not None:
            shares.append(cost / self.most_cost)
        return max(shares)


class Spending:
    """What one run has spent so far, counted by all of its stages and threads.

    A limit is looked at before a request is sent. Once it is reached nothing more is, so that it is passed by no more
    than what is under way then: at the very most that many times the longest prompt and the longest answer, thoughts
    among it. As it comes near, fewer are let under way, by what a reply took in the mean, down to one alone; so is
    the first one, before which no mean is known. Requests that fail without a reply, which few servers charge for, are
    not counted.
    """

    def __init__(self, limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        self.limits = limits
        self._lock = threading.Lock()
        self._used = LlmUsage()
        self._under_way = 0
        self._estimated = False

    def __reduce__(self) -> tuple[type["Spending"], tuple[Limits]]:
        """Travel as an argument of a task does; what was spent stays with the flow, whose process asks."""
        return Spending, (self.limits,)

    @property
    def used(self) -> LlmUsage:
        """What was asked so far, by every stage of the run."""
        return self._used

    @property
    def is_reached(self) -> bool:
        """Whether nothing more may be asked."""
        return self.limits.share(self._used) >= 1

    def allows(self) -> bool:
        """Return whether one more request may be sent now; where not, and none is under way, ``is_reached``."""
        used, under_way = self._used, self._under_way
        share = self.limits.share(used)
        if share >= 1 or not under_way:
            return share < 1
        if not used.requests:
            return not self.limits.are_set  # what a reply takes is not known before the first one
        return share + share / used.requests * under_way < 1 - ROUNDING

    def check(self) -> None:
        """Raise where nothing more may be asked.

        Raises:
            LimitReachedError: see there.
        """
        if self.is_reached:
            raise self.end()

    def began(self) -> None:
        """Count a request as under way."""
        with self._lock:
            self._under_way += 1

    def ended(self) -> None:
        """Count it as under way no more; after its reply was counted."""
        with self._lock:
            self._under_way -= 1

    def count(self, request: Request, reply: Reply) -> None:
        """Count a reply; call it before the reply is cut to what was asked for."""
        usage = usage_of(request, reply)
        with self._lock:
            self._used += usage
            first = not self._estimated and (reply.prompt_tokens is None or reply.completion_tokens is None)
            self._estimated |= first
        if first:
            logger.info(
                "replies do not say how many tokens they took; they count as a %dth of their characters, in limits, "
                "totals and costs",
                CHARACTERS_PER_TOKEN,
            )

    def end(self, finished: Outcome | None = None) -> LimitReachedError:
        """Return what ends the run, with what was answered and not kept yet; it says what is used by now."""
        return LimitReachedError(self._sentence(), finished)

    def _sentence(self) -> str:
        used, limits = self._used, self.limits
        cost = limits.cost(used)
        if limits.most_cost is not None and cost is not None and cost >= limits.most_cost:
            spent = f"has cost {in_currency(cost)} ({used.tokens:,} tokens), and its highest cost (--most-cost) is "
            spent += in_currency(limits.most_cost)
        else:
            spent = f"has used {used.tokens:,} tokens, and the most it may use (--most-tokens) is "
            spent += f"{limits.most_tokens or 0:,}"
        return (
            f"the run {spent}; everything that was answered is kept, and the same command with a higher limit goes on "
            "from there"
        )


def usage_of(request: Request, reply: Reply) -> LlmUsage:
    """Return what a reply took; a quarter of the characters where the server does not say how many tokens."""
    asked = sum(len(message["content"]) for message in request.conversation)
    said = len(reply.text) + len(reply.thoughts)
    prompt, completion = reply.prompt_tokens, reply.completion_tokens
    return LlmUsage(
        requests=1,
        prompt_tokens=_tokens(asked) if prompt is None else prompt,
        completion_tokens=_tokens(said) if completion is None else completion,
    )


def _tokens(characters: int) -> int:
    return -(-characters // CHARACTERS_PER_TOKEN)
