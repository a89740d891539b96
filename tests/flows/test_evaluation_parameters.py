import pytest
from pydantic import ValidationError

from flows.evaluation_parameters import EvaluatedModel, Evaluation, SameModelError
from tasks.evaluation.benchmark import BenchmarkError
from tasks.evaluation.evaluation_prompt import PromptStyle
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel
from tests.evaluation_files import write_bioasq, write_pubmedqa
from tests.fake_llm import MODEL
from tests.tasks.serving.test_adapter_base import write_adapter


def served(url: str, **fields: str) -> EvaluatedModel:
    prompt = fields.pop("prompt", "instructed")
    return EvaluatedModel(language_model=LanguageModel(url=url, **fields), prompt=PromptStyle(prompt))


def test_every_field_of_the_form_has_a_title():
    schema = Evaluation.model_json_schema()
    for definition in (schema, *schema["$defs"].values()):
        for name, field in definition.get("properties", {}).items():
            assert field.get("title") or "$ref" in field, name


def test_a_form_that_says_nothing_but_files():
    parameters = Evaluation(files=["ori_pqal.json"])
    assert Evaluation.model_validate(parameters.model_dump(mode="json")) == parameters
    assert parameters.label == "pubmedqa, smollm2-135m-instruct"


def test_mistakes_are_named():
    with pytest.raises(ValidationError, match="a ground truth file is PubMedQA's"):
        Evaluation(benchmark="bioasq", files=["a.json"], ground_truth="b.json")
    for wrong in ({"files": []}, {"files": ["a"], "settings": []}, {"files": ["a"], "limit": 0}):
        with pytest.raises(ValidationError):
            Evaluation(**wrong)


def test_examinees_are_every_way_of_asking_in_one_order(tmp_path, llm):
    path = write_pubmedqa(tmp_path / "items.json")
    parameters = Evaluation(files=[str(path)], settings=["question-only", "reasoning-required"], model=served(llm.url))
    examinees = parameters.resolved().examinees(parameters.read())
    assert [(each.setting, each.method) for each in examinees] == [
        ("reasoning-required", "choice"),
        ("reasoning-required", "generated"),
        ("question-only", "choice"),
        ("question-only", "generated"),
    ]
    assert {each.name for each in examinees} == {MODEL}
    one = parameters.model_copy(update={"settings": ["question-only"], "methods": ["choice"]})
    assert len(one.resolved().examinees(parameters.read())) == 1


def test_a_second_model_is_asked_as_the_first_where_nothing_else_is_said(tmp_path, llm):
    path = str(write_pubmedqa(tmp_path / "items.json"))
    second = {"language_model": {"url": llm.url, "revision": "2"}}

    def prompts(**first: str) -> list[bool]:
        model = {"language_model": {"url": llm.url}, **first}
        parameters = Evaluation(files=[path], model=model, compare_with=second, methods=["choice"]).resolved()
        return [each.prompt.capitalised for each in parameters.examinees(parameters.read())]

    assert prompts(prompt="fine-tuned") == [True] * 4
    assert prompts() == [False] * 4


def test_an_adapter_given_alone_is_evaluated_on_what_it_was_trained_on(tmp_path):
    adapter = write_adapter(tmp_path / "adapter", "org/model")
    parameters = Evaluation(files=["a.json"], model={"language_model": {"adapter": str(adapter)}})
    assert parameters.resolved().model.language_model.model == "org/model"


def test_where_no_item_has_contexts_the_question_alone_can_be_asked(tmp_path):
    path = write_pubmedqa(tmp_path / "items.json", CONTEXTS=[], LABELS=[])
    with pytest.raises(BenchmarkError, match=r"none of the 6 items of items\.json has contexts"):
        Evaluation(files=[str(path)]).read()
    assert len(Evaluation(files=[str(path)], settings=["question-only"]).read().items) == 6


def test_bioasq_is_asked_without_maybe(tmp_path, llm):
    path = write_bioasq(tmp_path / "1B1_golden.json")
    parameters = Evaluation(benchmark="bioasq", files=[str(path)], model=served(llm.url, prompt="fine-tuned"))
    [first, *_] = parameters.examinees(parameters.read())
    assert first.prompt.choices == ("Yes", "No")


@pytest.mark.parametrize(
    ("second", "names"),
    [
        ({"revision": "2"}, [f"{MODEL}, revision main", f"{MODEL}, revision 2"]),
        ({"prompt": "fine-tuned"}, [f"{MODEL}, instructed prompt", f"{MODEL}, fine-tuned prompt"]),
    ],
)
def test_models_of_one_name_are_told_apart(tmp_path, llm, second, names):
    path = write_pubmedqa(tmp_path / "items.json")
    parameters = Evaluation(files=[str(path)], model=served(llm.url), compare_with=served(llm.url, **second))
    examinees = parameters.resolved().examinees(parameters.read())
    assert list(dict.fromkeys(each.name for each in examinees)) == names


def test_a_model_is_not_compared_with_itself(llm):
    parameters = Evaluation(files=["a.json"], model=served(llm.url), compare_with=served(f"{llm.url}/"))
    with pytest.raises(SameModelError, match=f"both models are {MODEL}"):
        parameters.resolved()


def test_adapters_of_one_name_are_told_apart(tmp_path):
    folders = [tmp_path / name / "adapter" for name in ("one", "two")]
    for place, folder in enumerate(folders):
        write_adapter(folder, EMBEDDED_MODEL)
        (folder / "adapter_model.safetensors").write_bytes(bytes([place]))
    first, second = (EvaluatedModel(language_model=LanguageModel(adapter=str(folder))) for folder in folders)
    assert first.name == "smollm2-135m-instruct + adapter"
    path = write_pubmedqa(tmp_path / "items.json")
    parameters = Evaluation(files=[str(path)], model=first, compare_with=second).resolved()
    names = {each.name for each in parameters.examinees(parameters.read())}
    assert len(names) == 2
    assert all(name.startswith("smollm2-135m-instruct + adapter, adapter@") for name in names)
