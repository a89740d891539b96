import math

from tasks.serving.in_flight import HELD_ROUNDS, LEAST, InFlight


def round_of(rule: InFlight, replies: int, seconds: float, now: float) -> float:
    """Have so many replies come within ``seconds``, each of which took as long, with as many under way as may be."""
    for number in range(1, replies + 1):
        rule.replied(seconds, rule.limit, now + number * seconds / replies)
    return now + seconds


def test_a_conversation_begins_with_32_or_with_as_many_as_may_be():
    assert InFlight().limit == 32
    assert InFlight(most=5).limit == 5
    assert InFlight(most=1).limit == 1


def test_the_first_reply_lets_as_many_begin_as_come_in_time_at_the_same_pace():
    rule = InFlight(longest_reply=75.0)
    rule.looked(running=32, waiting=0)
    rule.replied(10.0, 32, 10.0)
    assert rule.limit == 240  # 32 in 10 s are 240 in 75 s
    rule.replied(10.0, 240, 10.0)
    assert rule.limit == 241
    quick, crowded, slow, silent = (InFlight(longest_reply=75.0) for _ in range(4))
    quick.looked(running=32, waiting=0)
    quick.replied(0.005, 32, 1.0)
    assert quick.limit == quick.most
    crowded.looked(running=16, waiting=16)
    crowded.replied(10.0, 32, 10.0)
    slow.looked(running=32, waiting=0)
    slow.replied(80.0, 32, 80.0)
    silent.replied(10.0, 32, 10.0)
    assert (crowded.limit, slow.limit, silent.limit) == (32, 32, 32)


def test_while_nothing_waits_a_round_of_replies_doubles_what_is_under_way():
    rule = InFlight(most=100, longest_reply=2.0)
    rule.looked(running=32, waiting=0)
    now = round_of(rule, 32, 2.0, 0.0)
    assert rule.limit == 64
    round_of(rule, 64, 2.0, now)
    assert rule.limit == 100


def test_nothing_grows_that_is_not_used_or_while_some_wait():
    rule = InFlight()
    rule.looked(running=8, waiting=0)
    rule.replied(2.0, 8, 1.0)
    assert rule.limit == 32
    rule.looked(running=32, waiting=1)
    round_of(rule, 40, 2.0, 1.0)
    assert rule.limit == 32


def test_what_waits_beyond_an_eighth_is_taken_off_when_two_looks_show_it():
    rule = InFlight()
    rule.limit = 200
    rule.looked(running=128, waiting=72)
    assert rule.limit == 200  # it may have arrived just now
    rule.looked(running=128, waiting=72)
    assert rule.limit == 200 - (72 - 128 // 8)
    rule.looked(running=128, waiting=16)
    rule.looked(running=128, waiting=16)
    assert rule.limit == 144
    rule.looked(running=0, waiting=500)
    rule.looked(running=0, waiting=500)
    assert rule.limit == LEAST


def test_without_gauges_more_are_tried_while_the_pace_grows_with_them():
    rule, now = InFlight(), 0.0
    now = round_of(rule, 32, 2.0, now)  # 16 a second
    assert rule.limit == 48
    now = round_of(rule, 48, 2.0, now)  # some of these began before
    assert rule.limit == 48
    now = round_of(rule, 48, 2.0, now)  # 24 a second: worth it
    assert rule.limit == 72
    now = round_of(rule, 72, 3.0, now)
    now = round_of(rule, 72, 3.0, now)  # 24 a second: not worth it
    assert rule.limit == 48
    now = round_of(rule, 48, 2.0, now)
    for _ in range(HELD_ROUNDS):
        assert rule.limit == 48
        now = round_of(rule, 48, 2.0, now)
    round_of(rule, 48, 2.0, now)
    assert rule.limit == 72  # tried again


def test_too_many_requests_halve_what_is_under_way_once_and_it_grows_one_by_one():
    rule = InFlight()
    rule.limit = 100
    for _ in range(20):
        rule.overloaded(10.0)
    assert rule.limit == 50
    now = round_of(rule, 50, 2.0, 10.0)
    assert rule.limit == 51
    rule.looked(running=51, waiting=0)
    now = round_of(rule, 51, 2.0, now)
    assert rule.limit == 52
    rule.overloaded(now + 5.0)
    assert rule.limit == 26
    for second in range(40, 100, 3):
        rule.overloaded(float(second))
    assert rule.limit == LEAST


def test_replies_that_hardly_come_in_time_take_some_off():
    rule = InFlight(longest_reply=75.0)
    rule.looked(running=32, waiting=0)
    round_of(rule, 32, 100.0, 0.0)
    assert rule.limit == 24
    assert InFlight(longest_reply=math.inf).limit == 32


def test_rounds_shorter_than_a_second_say_nothing():
    rule, now = InFlight(), 0.0
    for _ in range(9):
        now = round_of(rule, 32, 0.1, now)
    assert rule.limit == 32
    round_of(rule, 64, 0.2, now)
    assert rule.limit == 48


def test_an_answer_that_never_comes_takes_something_off_where_the_others_hardly_come():
    quick, slow, silent = (InFlight(longest_reply=75.0) for _ in range(3))
    quick.replied(2.0, 32, 1.0)
    slow.replied(280.0, 32, 280.0)
    for rule in (quick, slow, silent):
        rule.late(300.0)
    assert (quick.limit, slow.limit, silent.limit) == (32, 16, 16)
