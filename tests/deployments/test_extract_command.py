from pathlib import Path

import pytest


def test_options_become_parameters(asked, command, llm, tmp_path):
    pool = ["--sentences", "30", "--most-of-a-drug", "2", "--branch", "Neoplasms", "--articles", "9"]
    teacher = ["--url", llm.url, "--shots", "0", "--samples", "3", "--agreement", "1", "--teacher-gold", "7"]
    student = ["--set", "head=linear", "--set", "epochs=2", "--root", str(tmp_path), "--json"]
    status, output = command("extract", "--task", "gda", *pool, *teacher, *student)
    assert status == 0, output
    [(name, parameters)] = asked
    assert (name, parameters.task, parameters.branch, parameters.articles) == ("extract", "gda", "Neoplasms", 9)
    assert (parameters.pool.sentences, parameters.pool.most_of_a_drug) == (30, 2)
    asking = parameters.teacher
    assert (asking.language_model.url, asking.shots, asking.samples, asking.agreement) == (llm.url, 0, 3, 1.0)
    assert asking.drawn_at == 0.7  # several answers that are all the same would not vote
    assert (parameters.teacher_gold, asking.pre_filter) == (7, False)
    assert (parameters.student.head, parameters.student.epochs) == ("linear", 2.0)


def test_one_answer_is_greedy(asked, command, llm):
    assert command("extract", "--url", llm.url, "--json")[0] == 0
    assert asked[0][1].teacher.drawn_at == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["extract", "--task", "adverse"], "there is no extraction task 'adverse'; expected ade, gda, phi, or"),
        (["extract", "--gold", "nowhere"], "nowhere"),
        (
            ["extract", "--gold", "a", "--gold", "b"],
            "expected a folder of the ADE corpus, or .json files of SpERT's folds of it, got a, b",
        ),
        (["extract", "--set", "heads=3"], "there is no setting 'heads'; did you mean head?"),
        (["extract", "--set", "head=cubic"], "cubic"),
        (["extract", "--branch", "Nonsense"], "Nonsense"),
        (["extract", "--source", "nowhere.xml"], "nowhere.xml"),
        (["extract", "--source", "pubmed"], "name a branch, a query or a first day"),
        (["extract", "--agreement", "0"], "--agreement"),
        (["extract", "--task", "gda", "--pre-filter"], "the task gda has no question by yes or no"),
        (["extract", "--url", "http://127.0.0.1:9"], "127.0.0.1:9"),
        (["annotate"], "--model"),
        (["annotate", "--model", ".", "--precision", "half"], "float32"),
        (["annotate", "--model", ".", "--source", "pubmed"], "name a branch, a query or a first day"),
        (["annotate", "--model", "."], ". holds no student; expected a folder"),
    ],
)
def test_wrong_options_are_told_before_anything_starts(asked, command, options, sentence):
    status, output = command(*options)
    assert status in (1, 2)
    assert sentence in output
    assert not asked


def test_a_student_is_taken(asked, command, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "mesh-distillery-student"}')
    which = ["--branch", "Neoplasms", "--newest", "5", "--since", "2026-01-31"]
    assert command("annotate", "--model", str(tmp_path), *which, "--json")[0] == 0
    [(name, parameters)] = asked
    assert (name, Path(parameters.student)) == ("annotate", tmp_path)
    assert (parameters.branch, parameters.newest, str(parameters.wanted.since)) == ("Neoplasms", 5, "2026-01-31")
    assert command("annotate", "--model", str(tmp_path), "--branch", "Nonsense")[0] == 2


def test_answers_that_would_all_be_the_same_are_refused(asked, command):
    status, output = command("extract", "--samples", "5", "--temperature", "0")
    assert status == 2
    assert "5 answers at temperature 0 are all the same and can not vote" in output
    assert not asked
