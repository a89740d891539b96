import pytest

from tasks.extraction.built_in import LINES
from tasks.serving.servers.gbnf import UnwrittenError, grammar


@pytest.mark.parametrize(
    ("regex", "written"),
    [
        ("yes", '"y" "e" "s"'),
        ("(?:a|b)+", '( "a" | "b" )+'),
        ("(a|)", '( "a" | "" )'),
        (r"[^\s:|]{0,78}", r"[^ \t\r\n\x0B\x0C:|]{0,78}"),
        (r"\d{,3}\.", r'[0-9]{0,3} "."'),
        (r"\S.", r"[^ \t\r\n\x0B\x0C] [^\n]"),
        ('"\\n', r'"\"" "\n"'),
        (r"[a\-z\]]", r"[a\x2Dz\]]"),
    ],
)
def test_expressions_become_grammars(regex, written):
    assert grammar(regex) == f"root ::= {written}"


@pytest.mark.parametrize("regex", ["^a$", "(?=a)a", r"\ba", "a+?", r"(a)\1", "[", "*a"])
def test_what_a_grammar_can_not_say_is_refused(regex):
    with pytest.raises(UnwrittenError):
        grammar(regex)


def test_the_lines_of_a_teacher_have_a_grammar():
    assert grammar(LINES).startswith('root ::= ( "n" "o" "n" "e" | [^ ')
