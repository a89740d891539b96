"""The gate of what only a reader of the article understands: this study, the patient, does it help?"""

import re

from tasks.questions.gates.asked import Asked
from tasks.questions.gates.content_words import AUXILIARIES, FUNCTION_WORDS, QUESTION_WORDS, words_of
from tasks.questions.gates.settings import Gates

WORK = (
    r"(?:stud(?:y|ies)|articles?|abstracts?|papers?|reports?|reviews?|trials?|texts?|passages?|manuscripts?|publications?|"
    r"case(?: reports?| series)?|experiments?|surveys?|investigations?|meta-analys[ie]s|cohorts?|series|research|"
    r"analys[ei]s|literature review|documents?|dataset|sample)"
)
ADJECTIVES = (
    r"(?:(?:present|current|new|recent|small|large|retrospective|prospective|clinical|randomi[sz]ed|controlled|pilot|"
    r"multicent(?:er|re)|single-cent(?:er|re)|observational|cross-sectional|described|reported|given|above|provided|"
    r"research) )"
)
ABOUT_THE_TEXT = re.compile(
    rf"\b(?:this|these|our|their own) {ADJECTIVES}*{WORK}(?![\w-])|"
    rf"\bthe {ADJECTIVES}*(?:study|studies|article|abstract|paper|report|review|text|passage|manuscript|"
    r"publication|document)"
    r"(?! (?:of|on|for|card|message|messages|messaging|process|by)\b)(?![\w'-])|"
    rf"\bthe (?:present|current|described|reported|above|provided|given) (?:\w+ )?{WORK}(?![\w-])|"
    r"\bthe (?:authors?|researchers?|investigators?|study (?:participants|population|group|subjects))\b|"
    r"\bin (?:the|that|one) (?:trial|study|experiment|cohort|series|survey)(?! of| for| on)\b|"
    r"\b(?:these|those|the) (?:authors|researchers|investigators)\b|"
    r"\b(?:we|our) (?:found|find|observed?|used|measured|followed|conducted|report|showed?|included|studied|present|"
    r"results?|findings|data|patients|cohort|observations?|experience|hospital|institution|cent(?:er|re)|sample|"
    r"analysis)\b|"
    r"\bthe (?:findings|results) (?:of (?:this|the)|presented|reported|above|suggest|show|support|indicate)\b|"
    r"\bin (?:table|figure|fig\.?) \d|\b(?:aforementioned|above-mentioned|mentioned above|described (?:here|above)|"
    r"reported here|presented here|discussed (?:here|above))\b"
)
WHO = (
    r"(?! (?:with|who|whose|undergoing|on|receiving|treated|having|at|without|under|aged|in whom|suffering|living|"
    r"taking|given|admitted|requiring|most|that)\b)"
)
UNNAMED = re.compile(
    rf"\b(?:the|these|those) (?:participants|subjects|respondents|enrolled \w+|included \w+|volunteers|controls)"
    rf"{WHO}(?! (?:of|in) )(?![\w'-])|"
    r"\bthe (?:control|intervention|treatment|placebo|experimental|comparison|case|exposed|unexposed|other|first|"
    r"second) (?:groups?|arms?|cohorts?)(?! of)\b|"
    rf"\b(?:between|in) (?:the|these|both) (?:two |three )?groups\b(?! of)|\bthese patients{WHO}|"
    r"\b(?:was|were|did|had) the patients?\b(?!['-]| with| who| of)|\b(?:was|were|did|had)\b.*\bthe patient's\b|"
    r"\b(?:is|are|does|do|has|have|can|could|should|would|will|might|may) the patients?\b"
    rf"(?!['-]){WHO}|^in the patients?(?!['-]|s| with| who)\b|"
    r"\bthe (?:\d+[- ]years?[- ]old|index patient|reported patients?|case patient)\b"
)
SHOWS = re.compile(r"\b(?:this|these)\b(?! (?:year|day)s?\b)")
AUXILIARY = rf"(?:{'|'.join(sorted(AUXILIARIES))})\b"
JOINED = re.compile(
    rf"(?:,? (?:and|or|but),?|:|--+) ?(?={AUXILIARY})|, (?:and|but|or|so|yet) |"
    r"\b(?:because|whether|if|although|while|when|before|after|since|so that|that)\b"
)
PRONOUN = frozenset(words_of("it they them he she him her its their his hers theirs"))
EMPTY = FUNCTION_WORDS | frozenset(
    words_of("not no also still often long much many well far soon likely ever actually really")
)
EXPLETIVE = re.compile(
    r"\bit (?:(?:be|been|have been|become|not|now|also|still|ever|always|really|more|too|\w+ly) )*"
    r"(?:matters?\b|takes? |costs? |help to|(?:make|makes|made) (?:\w+ )?(?:sense|difference)|pays?\b|that\b|"
    r"(?:possible|impossible|safe|unsafe|feasible|necessary|important|useful|useless|worth|worthwhile|better|best|true|"
    r"known|likely|unlikely|beneficial|appropriate|reasonable|advisable|sensible|ethical|acceptable|cost-effective|"
    r"justified|time|common|rare|clear|plausible|easy|difficult|hard|helpful|wise|harmful|dangerous|realistic|essential|"
    r"enough|sufficient|practical|practicable|desirable|recommended|right|wrong|good|early|late) "
    r"(?:[\w'-]+ ){0,9}?(?:\w+ing|to|that|if|whether|when|how|why|what)\b)"
)
"""It is known that ..., it matters whether ...: it stands for nothing."""
OF_SOME = re.compile(rf"^(?:in|among|for) [^,]+, {AUXILIARY} it\b")
"""In adults, does it help: the people named are not it."""
ANTECEDENT_WORDS = 2


def needs_its_article(asked: Asked, gates: Gates) -> str | None:
    """Refuse what points to the article, to people or groups in it, or to a thing that the question does not name."""
    question = asked.plain
    if ABOUT_THE_TEXT.search(question):
        return "about the text, not its subject"
    if UNNAMED.search(question) or _shows_what_is_not_named(question) or _pronoun_first(question):
        return "does not stand without its article"
    return None


def _shows_what_is_not_named(question: str) -> bool:
    """Whether this or these point outside: they may point to what an earlier clause names."""
    for found in SHOWS.finditer(question):
        clauses = JOINED.split(question[: found.start()])
        if len(clauses) < 2 or _named(" ".join(clauses[:-1])) < ANTECEDENT_WORDS:
            return True
    return False


def _pronoun_first(question: str) -> bool:
    """Whether a pronoun stands before anything that it could stand for."""
    behind = OF_SOME.match(question)
    if behind:
        return not EXPLETIVE.match(question, behind.end() - len("it"))
    if question.partition(" ")[0] not in AUXILIARIES | QUESTION_WORDS:
        return False
    for found in re.finditer(r"[\w-]+", question):
        if found[0] in PRONOUN:
            return not (found[0] == "it" and EXPLETIVE.match(question, found.start()))
        if found[0] not in EMPTY:
            return False
    return False


def _named(text: str) -> int:
    return sum(word not in EMPTY for word in re.findall(r"[\w-]+", text))
