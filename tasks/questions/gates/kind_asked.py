"""The gate of the kind asked for: yes or no answers it, or they do not."""

import re

from tasks.kinds import Kind
from tasks.questions.gates.asked import Asked
from tasks.questions.gates.opening import Opening, opening
from tasks.questions.gates.settings import Gates

AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|should|would|will|might|may|must)"
BE = r"(?:is|are|was|were)"
PREPOSITION = (
    r"(?:of|in|with|for|to|by|from|on|as|at|after|before|than|between|against|through|via|during|without|under)"
)
ADJECTIVE = (
    r"(?:\w{2,}(?:al|ant|ent|ic|ive|ful|ous|able|ible|ary|less|ed|ing|er|tic|ior)|benign|safe|good|bad|better|worse|more|"
    r"less|high|low|true|false|friend|foe|acute|early|late)"
)
OPPOSITES = (
    "increases? or (?:decreases?|reduces?)|increased or (?:decreased|reduced)|higher or lower|lower or higher|"
    "better or worse|"
    "worse or better|more or less(?! than)|beneficial or (?:harmful|detrimental)|harmful or beneficial|friend or foe|"
    "superior or inferior|positively or negatively|help or (?:harm|hinder)|helps? or harms?|improves? or worsens?|"
    "promotes? or (?:inhibits?|suppress(?:es)?)|protective or (?:harmful|detrimental)|"
    "cause or (?:consequence|effect|result)"
)
ALTERNATIVES = re.compile(
    rf"\b(?:{OPPOSITES})\b"
    # Does it cause thirst, or does thirst cause it?
    rf"|\bor (?:{AUXILIARY}|rather|instead|vice versa|merely|simply|just|the (?:reverse|opposite|other way))\b"
    # Is it a cause or a consequence of obesity?
    rf"|^{BE} (?:(?!{PREPOSITION} )\S+ )+?(?<!such as )(?:an?|the) [\w-]+(?: [\w-]+)? or (?:an?|the) "
    # Is the tumour benign or malignant in adults?
    rf"|^{BE} (?:\S+ )*(?!{PREPOSITION} |an? |the |more |less |no )\S+ (?<!more )(?<!less )\b{ADJECTIVE} or {ADJECTIVE}"
    rf"(?:\?| {PREPOSITION} )"
    # Is aspirin or clopidogrel more effective in stroke?
    rf"|^{AUXILIARY} (?:[\w/-]+ ){{1,3}}or (?:[\w/-]+ )+"
    r"(?:better|worse|safer|preferable|superior|(?:more|less) \w+)(?!.* than )"
)
PREPOSED = re.compile(rf"\b{PREPOSITION} {ADJECTIVE} or {ADJECTIVE}\b")
ASKS_MORE = re.compile(
    r"\bif so\b|(?<!when )(?<!why )(?<!if )(?<!whether )(?<!where )(?<!what )(?<!how )"
    r"\band,? (?:how|why|what|to what extent|"
    r"by what|in what|through what|by which)\b(?! to\b)"
)


def of_another_kind(asked: Asked, gates: Gates) -> str | None:
    """Refuse a question that yes, no or maybe does not answer where it should, and one that it answers where not."""
    question = asked.plain.replace(" or not", "")
    opens_so = opening(question) is Opening.AUXILIARY
    if asked.kind is Kind.YES_NO:
        fits = opens_so and not _offers(question) and not ASKS_MORE.search(question)
    else:
        fits = not opens_so or " or " in question
    return None if fits else f"not of the kind {asked.kind}"


def _offers(question: str) -> bool:
    return bool(ALTERNATIVES.search(question)) and not PREPOSED.search(question)
