"""A policy is of no server, whatever is said of one."""

from tasks.questions.generator import Policy, default_generators
from tasks.serving.model import LanguageModel

MODEL = LanguageModel(
    model="m",
    url="http://127.0.0.1:1/v1",
    replicas=("http://127.0.0.1:2/v1",),
    kind="openai-batch",
    key_from="env:OTHER",
    headers={"OpenAI-Organization": "o"},
)


def test_a_policy_is_had_of_a_generator_whose_servers_kind_is_named():
    generator = default_generators()[0].model_copy(update={"language_model": MODEL})
    policy = Policy.of(generator)
    assert policy.served
    assert policy.language_model == LanguageModel(model="m")
