from tasks.visible import in_one_line, visible


def test_what_acts_on_a_terminal_or_turns_a_line_is_shown():
    assert visible("\x1b[31mred\x00\x7f") == "␛[31mred␀␡"
    assert visible("a\u202eb\u2066c\x9bd") == "a⟨U+202E⟩b⟨U+2066⟩c⟨U+009B⟩d"
    assert visible("\ud83d") == "⟨U+D83D⟩"
    assert visible("one\ttwo\nthree, naïve 日本 🙂") == "one\ttwo\nthree, naïve 日本 🙂"


def test_a_line_is_one_and_bounded():
    assert in_one_line("a\n\r b\x1b", 10) == "a b␛"
    assert in_one_line("word " * 100_000, 12) == "word word w…"
