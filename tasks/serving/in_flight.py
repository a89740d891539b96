"""How many requests are under way at a server at once: as many as keep it full, and hardly more.

Where the server tells how many it works on and how many wait (vLLM's ``/metrics``), the first reply lets as many begin
as would come in time even if the server were full already, and each further one lets one more begin while none waits,
so that a round of replies doubles them; what waits beyond a share is taken off. Where it tells nothing, they grow while
replies per second grow with them. HTTP 429 and replies that hardly come in time take some off anywhere, and let them
grow slowly from then on (as RFC 5681 has it for packets).
"""

import math

START, MOST, LEAST = 32, 1_024, 2
RUNNING_PER_WAITING = 8
"""A full server may have one waiting for so many that it works on: to go on with at once."""
GROWTH, WORTH_IT = 1.5, 1.1
"""By how much more are tried where nothing but the pace tells, and by how much the pace must grow for them to stay."""
HELD_ROUNDS = 16
"""After which more are tried again."""
SHORTEST_ROUND, SHORTEST_REPLY = 1.0, 0.001
"""Seconds; shorter rounds say nothing about a pace."""
MOSTLY = 0.9


class InFlight:
    """The rule for one server. It reads no clock: whoever asks says what time it is, in seconds."""

    def __init__(self, most: int = MOST, longest_reply: float = math.inf) -> None:
        """Start with ``START`` at once, or ``most`` where that is fewer.

        Args:
            longest_reply: seconds that replies may take on average; where they take longer, fewer are asked for.
        """
        self.most, self.longest_reply = most, longest_reply
        self.limit = min(START, most)
        self._tells = False
        self._is_free, self._crowded_before = True, False
        self._is_careful = False
        self._held = 0
        self._settles = False
        self._before: tuple[int, float] | None = None
        self._cut_at = -math.inf
        self._typical = 0.0
        self._began, self._size = -math.inf, self.limit
        self._replies = self._full = 0
        self._seconds = 0.0

    def replied(self, seconds: float, under_way: int, now: float) -> None:
        """Take note of a reply that took ``seconds``; ``under_way`` counts it, and the others."""
        if self._replies == 0 and self._began == -math.inf:
            self._began = now - seconds
        self._replies += 1
        self._seconds += seconds
        is_full = under_way >= self.limit
        self._full += is_full
        if self._tells and self._is_free and is_full and not self._is_careful and seconds <= self.longest_reply:
            is_first = self._replies == 1 and not self._typical
            self._set(self._most_in_time(seconds) if is_first else self.limit + 1)
        if self._replies >= self._size and now - self._began >= SHORTEST_ROUND:
            self._end_round(now)

    def looked(self, running: float, waiting: float) -> None:
        """Take note of what the server says: how many requests it works on, and how many wait."""
        self._tells, self._is_free = True, waiting < 1
        excess = waiting - max(1.0, running / RUNNING_PER_WAITING)
        # One look proves nothing: what has just arrived waits for a moment, full or not.
        if excess > 0 and self._crowded_before:
            self._set(self.limit - math.ceil(excess))
        self._crowded_before = excess > 0

    def late(self, now: float) -> None:
        """Take note that an answer did not come in time: too many are asked for where the others hardly do, either."""
        typical = self._seconds / self._replies if self._replies else self._typical
        if typical > self.longest_reply or typical == 0:
            self.overloaded(now)

    def overloaded(self, now: float) -> None:
        """Take note that the server wants fewer; of a burst of these one counts."""
        if now - self._cut_at < max(self._typical, SHORTEST_ROUND):
            return
        self._cut_at, self._is_careful = now, True
        self._set(self.limit // 2)
        self._begin_round(now)

    def _most_in_time(self, seconds: float) -> int:
        """Return how many replies come within ``longest_reply`` where this many take ``seconds``, whatever is added."""
        return max(self.limit + 1, int(min(self.most, self.limit * self.longest_reply / max(seconds, SHORTEST_REPLY))))

    def _end_round(self, now: float) -> None:
        self._typical = self._seconds / self._replies
        pace, was_full = self._replies / (now - self._began), self._full >= MOSTLY * self._replies
        if self._typical > self.longest_reply:
            self._is_careful = True
            self._set(int(self.limit * self.longest_reply / self._typical))
        elif self._is_careful:
            self._set(self.limit + (was_full and self._is_free))
        elif not self._tells and was_full:
            self._try_more(pace)
        self._begin_round(now)

    def _try_more(self, pace: float) -> None:
        if self._settles:  # some of this round began before the last change
            self._settles = False
            return
        if self._held:
            self._held -= 1
            return
        if self._before is None or pace >= WORTH_IT * self._before[1]:
            self._before = (self.limit, pace)
            self._set(int(self.limit * GROWTH))
        else:
            self._set(self._before[0])
            self._before, self._held = None, HELD_ROUNDS
        self._settles = True

    def _set(self, limit: int) -> None:
        self.limit = max(min(LEAST, self.most), min(limit, self.most))

    def _begin_round(self, now: float) -> None:
        self._began, self._size = now, self.limit
        self._replies = self._full = 0
        self._seconds = 0.0
