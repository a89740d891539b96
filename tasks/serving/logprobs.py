"""Which of a reply's tokens spell a word of it, so that its log-probability is of that word and no other."""

import math
import re
from bisect import bisect_left, bisect_right
from itertools import accumulate

from tasks.serving.constraint import AROUND_A_WORD
from tasks.serving.reply import END_OF_THOUGHT, Reply, Token


def first_word(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for ``places_of``: one of the words, with nothing but marks before it."""
    return re.compile(rf"\A[\W_]*({'|'.join(map(re.escape, words))})", re.IGNORECASE)


def places_of(pattern: re.Pattern[str], reply: Reply) -> range:
    """Return the places of the tokens that spell the first group of a pattern.

    The tokens are of all that the model wrote, also of what was cut off or stripped since; what stands before the end
    of a thought does not count. Nothing is returned where no tokens were sent, or where not one place alone matches.
    """
    texts = [token for token, _ in reply.tokens]
    written = "".join(texts)
    thought, end_of_thought, said = written.rpartition(END_OF_THOUGHT)
    matches = list(pattern.finditer(said))
    if len(matches) != 1:
        return range(0)
    start, end = (len(thought) + len(end_of_thought) + place for place in matches[0].span(1))
    ends = list(accumulate(map(len, texts)))
    return range(bisect_right(ends, start), bisect_left(ends, end) + 1)


def weigh(alternatives: tuple[Token, ...], words: tuple[str, ...]) -> dict[str, float]:
    """Return for each word the summed probability of the first tokens that begin it, whatever their capitals.

    A server that can not strike out other tokens weighs "Yes" and " yes" beside "yes".
    """
    begun = [(token.strip(AROUND_A_WORD).casefold(), math.exp(logprob)) for token, logprob in alternatives]
    return {
        word: sum(weight for token, weight in begun if token and word.casefold().startswith(token)) for word in words
    }
