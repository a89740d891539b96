"""Gate: an answer's text does not say the opposite of its decision.

What counts as affirming, for a text under "no": one sentence holds most of the question's content words (three in four;
three in five where question and sentence point in the same direction, as "reduce" and "lower" do), and no word of
negation, lack, contrast or sameness and no word of the other direction stands anywhere in the text. What counts as
denying, for a text under "yes": the first sentence negates the question's own claim, that is, its verb or adjective
about its own subject ("paclitaxel did not prolong"), or any effect, association or difference that it asks for ("there
was no association"); of anything else ("no serious adverse events", "women who did not take it") nothing is denied.
Questions that are negative themselves, or compare, are left alone. Under "yes" and "no" alike a text contradicts that
begins with another decision, or by saying that it can not be told.
"""

import re

from tasks.answers.gates.case import Case
from tasks.answers.gates.settings import AnswerGates
from tasks.answers.gates.wording import FRAME_STEMS, abbreviations, content, stem, word_list, words
from tasks.decisions import read_decision
from tasks.kinds import Kind

MOST_SHARED, MOST_SHARED_IN_DIRECTION, FEWEST_SHARED = 0.75, 0.6, 2
LEAST_OF_ITS_CLAIM = 0.6

UP = frozenset(map(stem, word_list("up")))
DOWN = frozenset(map(stem, word_list("down")))
ALIKE = {"therap": "treat", "therapeut": "treat", "efficac": "effec", "efficaciou": "effec"}
"""Stems that mean the same of a drug."""
CONTRAST = re.compile(
    r"\b(?:not|no|never|none|nor|neither|nobody|nothing|cannot|without|lack\w*|absen\w+|fail(?:s|ed|ing)?|unable|unlikely|hardly|"
    r"rarely|seldom|few|little|insufficient\w*|inconclusive|unclear|unknown|only|rather|instead|but|however|although|"
    r"though|whereas|while|unlike|except|despite|contrary|opposite|differ\w*|distinct\w*|similar\w*|same|equal\w*|"
    r"equivalent\w*|comparable|as \w+ (?:as|with|without)|irrespective|regardless|in(?:effective|significant|ferior|"
    r"active|sensitive|dependent|consistent)\w*|non\w*|un\w+(?:ed|ing)|rul(?:e|ed|es) out|negative\w*|stable|constant|"
    r"alone|solely|merely|exclu\w+|too \w+|minimal\w*|negligible|spared?|resist\w*|refut\w*|disprov\w*|mere)\b|"
    r"n['’]t\b",
    re.IGNORECASE,
)
"""What a text holds that denies, doubts or sets something against the claim: then the text is left alone."""
LEFT_ALONE = re.compile(
    r"\b(?:not|no|without|never|lack\w*|fail(?:s|ed|ing)?|omit\w*|avoid\w*|unnecessary|safe\w*|tolera\w+|than|compar\w+|versus|vs|"
    r"independent\w*|irrespective|equivalent\w*|(?:non-?)?inferior\w*|similar\w*|same|equal\w*|as \w+ as|"
    r"in(?:effective|active|sensitive)|un\w+ed|resist\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
"""What a question holds that a denial may answer with yes."""
EXCLUDES = re.compile(r"\b(?:exclu\w+|rul(?:e|es|ed) out|replac\w+|distinguish\w*|discriminat\w+)\b", re.IGNORECASE)
"""Verbs of a question that a text denies without a word of theirs."""
UNTOLD = re.compile(
    r"\W*(?:(?:it|this) (?:is|remains)|whether\b[^.;]*? (?:is|remains)|there (?:is|was)) (?:still |currently )?"
    r"(?:unclear|unknown|uncertain|not known|not clear|insufficient|not enough|too little)\b|"
    r"\W*(?:it|this) (?:cannot|can not) be (?:determined|told|said)\b",
    re.IGNORECASE,
)
CLAUSE_END = re.compile(r"[;:]|,? \b(?:but|however|although|though|whereas|while|yet|except)\b", re.IGNORECASE)
VERB_NEGATIONS = frozenset({"not", "cannot", "never"})
FAILS = frozenset({"failed", "fails", "fail"})
NO_CLAIM_AFTER = frozenset({"only", "just", "merely", "as", "always", "necessarily", "because"})
CLAIMS = frozenset(map(stem, word_list("claims")))
CHANGES = frozenset(map(stem, word_list("changes")))
PASSED_OVER = frozenset(word_list("passed_over"))
UNAFFECTING = frozenset(word_list("unaffecting"))
FRAME = FRAME_STEMS - CLAIMS


def refuse_contradiction(case: Case, settings: AnswerGates) -> str | None:
    """Refuse a yes that the text denies, a no that it affirms, and what decides otherwise or says it can not tell."""
    del settings
    if case.kind != Kind.YES_NO or case.decision is None:
        return None
    said = read_decision(case.long_answer)
    if said not in (None, case.decision):
        return "the text decides otherwise"
    first = case.sentences[0]
    if case.decision != "maybe" and UNTOLD.match(first):
        return "the text says that it can not be told"
    if case.decision == "no" and affirms(case):
        return "no, but the text affirms"
    if case.decision == "yes" and denies(case, first):
        return "yes, but the text denies"
    return None


def affirms(case: Case) -> bool:
    """Return whether the text states what the question asks, and nothing against it."""
    if any(pattern.search(case.question) for pattern in (LEFT_ALONE, EXCLUDES)):
        return False
    if CONTRAST.search(_without_decision(case.long_answer)):
        return False
    asked = _alike(case.asked)
    wanted, found = _directions(asked), _directions(frozenset(content(case.long_answer)))
    if found - wanted and (wanted or "down" in found):
        return False
    in_direction = len(wanted) == 1 and wanted == found
    core = asked - UP - DOWN - FRAME if in_direction else asked - FRAME
    least = MOST_SHARED_IN_DIRECTION if in_direction else MOST_SHARED
    return any(_share(core, sentence, case.question) >= least for sentence in case.sentences)


def denies(case: Case, sentence: str) -> bool:
    """Return whether a sentence negates what the question asks."""
    if LEFT_ALONE.search(case.question):
        return False
    clause = words(CLAUSE_END.split(_without_decision(sentence), maxsplit=1)[0].replace("n't", " not"))
    asked = _alike(case.asked)
    for place, word in enumerate(clause):
        before, after = clause[:place], clause[place + 1 :]
        if word in VERB_NEGATIONS | FAILS and _negates(before, after, asked):
            return True
        if word == "no" and _rules_out(before, after, asked):
            return True
        opposite = word[2:] if word[:2] in ("in", "un") else ""
        if opposite and not _alike({stem(opposite)}).isdisjoint(asked) and _is_about(before, asked):
            return True
    return False


def _negates(before: list[str], after: list[str], asked: frozenset[str]) -> bool:
    """Return whether a negated verb or adjective is the question's, of the question's subject."""
    heads = [word for word in after if word not in PASSED_OVER and not word.endswith("ly")]
    if not heads or heads[0] in NO_CLAIM_AFTER or not _is_about(before, asked):
        return False
    head = _alike({stem(heads[0])})
    if heads[0] in UNAFFECTING:
        rest = _alike(frozenset(content(" ".join(heads[1:]))))
        return bool(rest & asked)
    return not head.isdisjoint(asked)


def _rules_out(before: list[str], after: list[str], asked: frozenset[str]) -> bool:
    """Return whether "no" rules out the effect, association or change that the question asks for."""
    heads = [word for word in after if word not in PASSED_OVER and not word.endswith("ly")]
    if not heads:
        return False
    head = stem(heads[0])
    rest = [each for each in content(" ".join([*before, *heads[1:]])) if each not in FRAME]
    of_it = sum(each in asked for each in _alike(frozenset(rest))) / len(set(rest)) if rest else 0.0
    if head in CLAIMS:
        return of_it >= LEAST_OF_ITS_CLAIM
    return (
        head in CHANGES
        and bool({head, *_directions({head})} & (asked | _directions(asked)))
        and (of_it >= LEAST_OF_ITS_CLAIM or not rest)
    )


def _is_about(before: list[str], asked: frozenset[str]) -> bool:
    """Return whether what stands before a negation is the question's subject and nothing else."""
    if {"without", "who", "that", "which", "those"} & set(before):
        return False
    stems = _alike(frozenset(content(" ".join(before))) - FRAME)
    return bool(stems) and stems <= asked


def _share(core: frozenset[str], sentence: str, question: str) -> float:
    """Return the share of the question's words that a sentence holds, spelled out or abbreviated."""
    said = _alike(frozenset(content(sentence)))
    shortened = abbreviations(question) & said
    initials = {letter for short in shortened if len(short) > 2 for letter in short}
    held = {word for word in core if word in said or (shortened and word[0] in initials and word not in said)}
    return len(held) / len(core) if len(held) >= FEWEST_SHARED else 0.0


def _directions(stems: frozenset[str] | set[str]) -> set[str]:
    return {name for name, meant in (("up", UP), ("down", DOWN)) if not meant.isdisjoint(stems)}


def _alike(stems: frozenset[str] | set[str]) -> frozenset[str]:
    return frozenset(ALIKE.get(each, each) for each in stems)


def _without_decision(text: str) -> str:
    """Return a text without the decision at its beginning, which negates nothing."""
    return re.sub(r"^\W*(?:yes|no|maybe)\b\s*[,.;:–-]\s*", "", text, flags=re.IGNORECASE)
