"""The gate of grammar: a question is a sentence, and so has a verb."""

import re

from tasks.questions.gates.asked import Asked
from tasks.questions.gates.content_words import AUXILIARIES, QUESTION_WORDS, content_stems, stem, words_of
from tasks.questions.gates.settings import Gates

FINITE = AUXILIARIES - {"may", "can", "will", "might", "must"}
IMPERATIVES = frozenset(words_of("list name explain describe identify summarise summarize give"))
HELPERS = frozenset(words_of("may can will might must be been s"))
MAIN = frozenset(
    content_stems(
        words_of(
            "accelerate accompany accomplish account accumulate achieve activate acquire act adapt add "
            "address adhere affect aggravate aid alleviate allow alter amplify antagonise appear apply arise "
            "assist associate attenuate attract augment avoid become begin behave belong benefit bind block "
            "bring build carry cause change characterise choose classify clear cleave code combine come "
            "compare compete comprise confer confirm connect constitute contain contribute control convert "
            "correlate cover create cure damage decide decline decrease define degrade delay deliver depend "
            "derive describe destroy detect determine develop diagnose die differ differentiate diminish "
            "disappear discriminate display disrupt distinguish drive elevate elicit eliminate emerge enable "
            "encode end endow enhance enter escape evade exacerbate exceed exert exist exhibit experience "
            "explain express face facilitate fail favor fall fit follow form fulfil gain generate get give "
            "govern grow guide happen harbour have help hinder hold host impact impair impede improve incite "
            "include increase indicate induce infect infer infiltrate influence inhibit initiate interact "
            "interfere invade involve keep kill lack last lead lessen lie limit link live localise look lose "
            "lower maintain make manifest mark matter mature mean measure mediate metabolise migrate mimic "
            "minimise mitigate modify modulate move mutate need neutralise obtain occur offer operate "
            "originate outgrow outperform outweigh overcome overexpress participate pass pay penetrate "
            "perform permit persist phosphorylate play point possess potentiate precede precipitate predict "
            "predispose prefer present preserve prevail prevent produce progress prolong promote protect "
            "prove provide provoke raise reach react receive recognise recommend recover recruit recur reduce "
            "reflect regulate relapse relate release relieve remain remove repair replace report represent "
            "repress require resemble reside resist resolve respond restore result retain return reveal "
            "reverse rise run secrete see seem select sell separate serve shape shorten show signal slow "
            "spare speed spread stabilise start stimulate stop strengthen stress suffer suggest support "
            "suppress survive sustain switch synthesise take target tell tend tolerate transfer transform "
            "translate transmit trigger turn undergo underlie upregulate downregulate use vary weaken work "
            "worsen yield bear bind binds found led caused made went came became began kept lost grew fell "
            "rose arose underwent underlies took gave held wins win"
        )
    )
)
"""Main verbs of questions that need no auxiliary: which kinase phosphorylates tau?"""
VERB_ENDING = re.compile(r"\w{3,}(?:[iy]ze[sd]?|[iy]se[sd]|if(?:y|ies|ied)|ates|ated|ylate)$")


def has_no_verb(asked: Asked, gates: Gates) -> str | None:
    """Refuse what is no sentence: The role of ferritin in cirrhosis?

    May and can count where a word follows. Where something is asked with a question word, a main verb is enough: which
    gene encodes tau?
    """
    words = asked.words
    if any(word in FINITE for word in words) or any(word in HELPERS for word in words[:-1]):
        return None
    asks = any(word in QUESTION_WORDS for word in words) and any(_is_a_main_verb(word) for word in words[1:])
    return None if asks or IMPERATIVES.issuperset(words[:1]) else "no sentence with a verb"


def _is_a_main_verb(word: str) -> bool:
    return stem(word) in MAIN or VERB_ENDING.match(word) is not None
