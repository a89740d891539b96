"""--config, options and --set of a command: which counts, what is printed, and what is said of a mistake."""

import inspect
from enum import Enum
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from typer.testing import CliRunner
from upath import UPath

from deployments.cli.app import app
from deployments.cli.flow_command import marks
from deployments.cli.setting_path import schema_of, split_path
from flows.evaluation_parameters import Evaluation
from flows.extraction_parameters import Annotation, Extraction
from flows.flow_parameters import FlowParameters
from flows.parameters import Distillation, Harvesting
from flows.tuning_parameters import FORMS
from tasks.questions.generator import default_generators
from tasks.questions.named_generators import save_generator
from tasks.serving.model import LanguageModel
from tests.fake_llm import FakeLlm
from tests.tasks.serving.test_adapter_base import write_adapter

MODELS: dict[str, tuple[type[FlowParameters], dict[str, Any]]] = {
    "distill": (Distillation, {}),
    "harvest": (Harvesting, {}),
    "extract": (Extraction, {}),
    "annotate": (Annotation, {"student": "s"}),
    "train": (FORMS["generator-sft"], {"source": ["a"]}),
    "align": (FORMS["generator-dpo"], {"source": ["a"]}),
    "pubmedqa": (Evaluation, {"files": ["a"]}),
    "bioasq": (Evaluation, {"files": ["a"]}),
}
LINES = [
    ["distill"],
    ["distill", "--since", "2024-11-01", "--evaluator", "http://127.0.0.1:9", "--search-articles", "0"],
    ["distill", "--model", "org/model", "--url", "http://127.0.0.1:9", "--set", "generators.1.sampling.seed=3"],
    ["harvest", "--source", "pubmed", "--branch", "Neoplasms", "--major", "--subheading", "therapy"],
    ["train", "generator", "a.json", "b.json", "--save-as", "mine", "--set", "lora.rank=16"],
    ["train", "evaluator", "a", "--leakage", "drop"],
    ["train", "target-cpt", "a", "--preset", "paper", "--evaluation", "b"],
    ["train", "target-sft", "a", "--model", "org/model"],
    ["align", "a", "b", "--generator", "clinician"],
    ["extract", "--samples", "5", "--set", "head=linear", "--set", "task=gda"],
    ["annotate", "--model", "s", "--newest", "7"],
    ["evaluate", "pubmedqa", "a.json", "--limit", "3", "--compare-url", "http://127.0.0.1:9"],
    ["evaluate", "bioasq", "a.json", "b.json", "--setting", "question-only"],
]


def commands() -> dict[str, Any]:
    """Return the function of every command that runs a flow."""
    typed = [app, *(group.typer_instance for group in app.registered_groups)]
    functions = {str(each.callback.__name__): each.callback for one in typed for each in one.registered_commands}
    return {name: each for name, each in functions.items() if "print_config" in inspect.signature(each).parameters}


def printed(*line: str) -> str:
    result = CliRunner().invoke(app, [*line, "--print-config"])
    assert result.exit_code == 0, result.output
    return result.output


def settings(*line: str) -> dict[str, Any]:
    return yaml.safe_load(printed(*line))


def words_of(line: list[str]) -> list[str]:
    return line[: 2 if line[0] in ("train", "evaluate") else 1]


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_what_a_command_prints_it_takes_back(line, tmp_path, asked):
    (tmp_path / "run.yaml").write_text(printed(*line))
    assert printed(*words_of(line), "--config", str(tmp_path / "run.yaml")) == (tmp_path / "run.yaml").read_text()
    assert asked == []


def test_that_is_of_all_commands_that_run_a_flow():
    assert (
        set(commands())
        == set(MODELS)
        == {words_of(line)[-1] for line in LINES if line[0] == "evaluate"}
        | {line[0] for line in LINES if line[0] != "evaluate"}
    )


@pytest.mark.parametrize("name", MODELS)
def test_options_say_what_the_parameters_say(name):
    function, (model, needed) = commands()[name], MODELS[name]
    hints = get_type_hints(function)
    plain = model(**needed).model_dump(mode="json")
    for argument, mark in marks(function).items():
        place = split_path(mark.setting)
        nodes = schema_of(model).at(place)
        default = inspect.signature(function).parameters[argument].default
        if default is not None:
            value = plain
            for part in place:
                value = value[part]
            assert value == (default.value if isinstance(default, Enum) else default), argument
        if choices := choices_of(hints[argument]):
            known = [*nodes, *schema_of(model).below(nodes, 0)]
            assert [each for node in known for each in node.get("enum", ())] == choices, argument


def choices_of(hint: Any) -> list[str]:
    """Return the values of an enumeration in an annotation, or those of a literal."""
    if isinstance(hint, type) and issubclass(hint, Enum):
        return [each.value for each in hint]
    inner = get_args(hint)
    if inner and all(isinstance(each, str) for each in inner):
        return list(inner)
    return next((found for each in inner if (found := choices_of(each))), [])


def test_a_setting_is_what_the_last_of_file_option_and_set_says(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("articles: 7\nseed: 7\nbranch: C04.588\npreference: {margin: 0.5}\nretrieval: {max_articles: 7}\n")
    config = ["distill", "--config", str(path)]
    found = settings(*config)
    assert (found["articles"], found["seed"], found["branch"]) == (7, 7, "C04.588")
    assert (found["preference"]["margin"], found["preference"]["most_pairs"]) == (0.5, 2)
    found = settings(*config, "--articles", "48", "--search-articles", "0", "--seed", "1", "--set", "seed=2")
    assert (found["articles"], found["seed"], found["retrieval"]["max_articles"]) == (48, 2, 0)
    found = settings(*config, "--set", "preference={margin: 0.1}", "--set", "preference.most_pairs=3")
    assert found["preference"] | {"margin": 0.1, "most_pairs": 3} == found["preference"]


def test_what_an_anchor_repeats_is_changed_in_one_place_alone(tmp_path):
    path = tmp_path / "run.yaml"
    models = "{evaluator: {language_model: &small {revision: a}}, answerer: {language_model: *small}}"
    path.write_text(models)
    found = settings("distill", "--config", str(path), "--set", "evaluator.language_model.revision=b")
    assert [found[each]["language_model"]["revision"] for each in ("evaluator", "answerer")] == ["b", "a"]


def test_values_are_read_as_what_they_are_for():
    found = settings(
        "distill", "--set", "source=[sample, pubmed]", "--set", "wanted.since=2024-11-01", "--set", "branch=2024",
        "--set", "wanted.query=a: b", "--set", "temperature=1e-1", "--set", "source.2=pmids:mine",
        "--set", "generators.0.language_model.revision=null",
        "--set", 'generators.1.prompt.template={title}\n{abstract}', "--set", "answerer.language_model.revision=010",
    )  # fmt: skip
    assert found["source"] == ["sample", "pubmed", "pmids:mine"]
    assert (str(found["wanted"]["since"]), found["branch"], found["wanted"]["query"]) == ("2024-11-01", "2024", "a: b")
    assert (found["temperature"], found["generators"][0]["language_model"]["revision"]) == (0.1, None)
    assert found["generators"][1]["prompt"]["template"] == "{title}\n{abstract}"
    assert found["answerer"]["language_model"]["revision"] == "010"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "run.yaml holds no settings"),
        ("- a", "run.yaml holds no settings"),
        ("branch: C04\nartikles: 3", "line 2: there is no setting 'artikles'; did you mean articles or gates?"),
        ("retrieval:\n  neighbors: 3", "line 2: there is no setting 'neighbors' below retrieval; did you mean neigh"),
        ("generators:\n- name: a\n  prompt: {systm: b}", "line 3: there is no setting 'systm' below generators.0.pro"),
        ("preference:\n  copying_penalty: 0.2", "line 2: there is no copying_penalty any more: copying is bounded"),
        ("preference:\n  margin: many", "line 2: preference.margin: Input should be a valid number"),
        ("articles: [1]", "line 1: articles: Input should be a valid integer"),
        ("wanted:\n  languages: [no]", "line 2: wanted.languages.0: Input should be a valid string, got False"),
        ("wanted: 3", "line 1: wanted: Input should be"),
        ("articles: 1\narticles: 2", "line 2: articles stands here a second time; keep one of them"),
        ("branch: 'C04\nseed: 1", "this is no YAML"),
        ("branch: !!python/name:os.system C04", "line 1: this is no YAML (could not determine a constructor"),
        ("wanted: &a\n  query: *a", "line 1: this holds itself"),
        ("wanted: {since: 2024-13-45}", "run.yaml can not be read (month must be in 1..12)"),
        ("seed: " + "[" * 2000, "it is nested too deeply"),
        ("branch: \x00", "this is no YAML"),
        ("root: https://me:pa55word@host/a", "line 1: root: an address with a name and a password in it"),
        ("wanted: {query: a}", "name the source pubmed, or narrow by days"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_is_named_with_its_line(command, asked, tmp_path, text, sentence):
    (tmp_path / "run.yaml").write_text(text)
    status, said = command("distill", "--config", str(tmp_path / "run.yaml"))
    assert (status, asked) == (2, [])
    assert sentence in said
    assert "pa55" not in said


def test_a_file_that_can_not_be_read(command, tmp_path):
    (tmp_path / "latin").write_bytes("branch: Müdigkeit".encode("latin-1"))
    for path, reason in ((tmp_path, "Is a directory"), (tmp_path / "a", "No such file"), (tmp_path / "latin", "UTF-8")):
        status, said = command("distill", "--config", str(path))
        assert status == 2
        assert reason in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--set", "preferense.margin=1"], "there is no setting 'preferense'; did you mean preference?"),
        (["--set", "preference.copying_penalty=0.25"], "copying is bounded and costs nothing; most_copied says how mu"),
        (["--set", "preference={copying_penalty: 0.25}"], "there is no copying_penalty any more"),
        (["--set", "preference.margin=0.02"], "a margin of 0.02 would be next to none: it is in standard deviations"),
        (["--set", "generators.x.name=a"], "generators is a list, whose entries are counted from 0"),
        (["--set", "generators.3.name=a"], "generators has 2 entries, counted from 0, and no 3"),
        (["--set", "branch.name=a"], "branch is one value"),
        (["--set", "retrieval={neighbors: 3}"], "there is no setting 'neighbors' below retrieval"),
        (["--set", "articles=0"], "--set: 'articles=0': Input should be greater than or equal to 1, got 0"),
        (["--articles", "3", "--set", "articles="], "--set: 'articles=': Input should be a valid integer"),
        (["--branch", ""], "--branch: String should have at least 1 character"),
        (["--query", "cancer"], "a query, major topics and subheadings are what PubMed is asked"),
        (["--model", "./nothing"], "./nothing is not there; name a folder or a GGUF file that is"),
        (["--evaluator", "./nothing"], "--evaluator: ./nothing is not a PEFT adapter"),
        (["--generator", "none"], "--generator: there is no generator 'none'"),
    ],
)
def test_a_mistake_among_options_is_named(command, asked, options, sentence):
    status, said = command("distill", *options)
    assert (status, asked) == (2, [])
    assert sentence in said


def test_what_does_not_fit_together_is_blamed_on_none_of_its_parts(command, asked, tmp_path):
    (tmp_path / "run.yaml").write_text("teacher: {samples: 5}")
    file = ["--config", str(tmp_path / "run.yaml")]
    for options in (
        [*file, "--temperature", "0"],
        ["--set", "teacher.shots=2", "--samples", "5", "--temperature", "0"],
    ):
        status, said = command("extract", *options)
        assert (status, asked) == (2, [])
        assert "Invalid value: teacher: 5 answers at temperature 0 are all the same" in said
    (tmp_path / "run.yaml").write_text("articles: 3\nteacher: {samples: 5, temperature: 0}")
    assert "run.yaml, line 2: teacher: 5 answers at temperature 0" in command("extract", *file)[1]


def models(found: dict[str, Any], name: str) -> list[Any]:
    return [each["language_model"][name] for each in [*found["generators"], found["answerer"]]]


def test_a_model_and_servers_are_of_generators_and_answers(tmp_path):
    urls = [word for url in ("http://a:1", "http://b:1") for word in ("--url", url)]
    found = settings("distill", "--model", "org/model", *urls)
    assert models(found, "model") == ["org/model"] * 3
    assert models(found, "url") == ["http://a:1", "http://b:1", "http://a:1"]
    assert found["evaluator"] is None
    assert models(settings("distill", "--generator-url", "http://a:1"), "url") == ["http://a:1"] * 3
    (tmp_path / "run.yaml").write_text("answerer: {language_model: {model: b, url: 'http://c:1'}}")
    changed = ["--config", str(tmp_path / "run.yaml"), *urls, "--set", "generators.1.language_model.url=http://d:1"]
    assert models(settings("distill", *changed), "url") == ["http://a:1", "http://d:1", "http://a:1"]
    assert models(settings("distill", *changed), "model")[2] == "b"


def test_servers_are_asked_for_generators_by_name(llm, asked, command, tmp_path):
    mine, tuned = (default_generators()[1].model_copy(update={"name": name}) for name in ("mine", "tuned"))
    save_generator(UPath(tmp_path), mine)
    save_generator(UPath(tmp_path), tuned.model_copy(update={"language_model": LanguageModel(adapter=str(tmp_path))}))
    named = ["distill", "--root", str(tmp_path), "--set", "named_generators=[mine]", "--url", llm.url]
    assert command(*named, "--questions", "3", "--json")[0] == 0
    [(_, parameters)] = asked
    assert [(each.name, each.language_model.url) for each in parameters.generators] == [("mine", llm.url)]
    assert (parameters.named_generators, parameters.questions) == ([], 3)
    status, said = command("distill", "--root", str(tmp_path), "--generator", "tuned", "--url", llm.url)
    assert status == 2
    assert "tuned is a trained adapter, which a server would not know" in said
    status, said = command("distill", "--root", str(tmp_path), "--generator", "tuned")
    assert status == 2
    assert f"{tmp_path} is not a PEFT adapter" in said  # it was deleted


def test_an_evaluator_is_alone_on_its_server(llm, asked, command, tmp_path):
    assert command("distill", "--evaluator", llm.url, "--json")[0] == 0
    assert asked.pop()[1].evaluator.language_model.url == llm.url
    with FakeLlm() as other:
        other.models = ["base", "evaluator"]
        status, said = command("distill", "--evaluator", other.url)
        assert (status, asked) == (2, [])
        assert "serves base, evaluator; start a server of the evaluator alone" in said
        name = ["--set", "evaluator.language_model.model=evaluator"]
        assert command("distill", "--evaluator", other.url, *name, "--json")[0] == 0


def test_an_adapter_alone_is_printed_with_what_it_was_trained_on(tmp_path):
    adapter = write_adapter(tmp_path / "adapter", "org/model")
    found = settings("evaluate", "pubmedqa", "a.json", "--adapter", str(adapter))
    assert found["model"]["language_model"]["model"] == "org/model"
    found = settings("distill", "--set", f"evaluator.language_model.adapter={adapter}")
    assert found["evaluator"]["language_model"]["model"] == "org/model"


def test_settings_of_another_benchmark_are_refused(command, tmp_path):
    (tmp_path / "run.yaml").write_text(printed("evaluate", "bioasq", "a.json"))
    status, said = command("evaluate", "pubmedqa", "--config", str(tmp_path / "run.yaml"))
    assert status == 2
    assert "these settings are of bioasq" in said


def test_several_answers_of_a_teacher_are_drawn_whatever_way_they_are_asked_for(tmp_path):
    (tmp_path / "run.yaml").write_text("teacher: {samples: 5}")
    ways = [["--samples", "5"], ["--set", "teacher.samples=5"], ["--config", str(tmp_path / "run.yaml")]]
    drawn = {Extraction.model_validate(settings("extract", *way)).teacher.drawn_at for way in ways}
    assert drawn == {Extraction(teacher={"samples": 5}).teacher.drawn_at} == {0.7}


@pytest.mark.parametrize(("name", "within"), [("align", "settings"), ("extract", "student")])
def test_names_that_may_be_left_out_are_of_one_setting_alone(name, within):
    schema = schema_of(MODELS[name][0])
    top, inner = (
        {each for node in nodes for each in node["properties"]} for nodes in (schema.top, schema.at((within,)))
    )
    assert not top & inner
