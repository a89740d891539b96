import pytest

from tasks.network import key as module
from tasks.network.key import MissingKeyError, key_of, where
from tasks.network.mask import mask

SECRET = "sk-Secret/LLM+123"


def test_a_key_is_where_it_is_said_to_be(monkeypatch):
    monkeypatch.setenv("DISTILLERY_API_KEY", "sk-usual")
    monkeypatch.setenv("MY_PROVIDERS_KEY", f" {SECRET}\n")
    assert key_of(None) == "sk-usual"
    assert key_of("env:MY_PROVIDERS_KEY") == SECRET
    monkeypatch.delenv("DISTILLERY_API_KEY")
    assert key_of(None) == ""


def test_a_key_of_any_variable_and_block_is_masked_from_then_on(monkeypatch):
    monkeypatch.setenv("MY_PROVIDERS_KEY", "sk-of-a-variable")
    monkeypatch.setattr(module, "_load", lambda name: f"sk-of-the-block-{name}")
    key_of("env:MY_PROVIDERS_KEY")
    assert key_of("block:my-block") == "sk-of-the-block-my-block"
    assert mask("denied for sk-of-a-variable and sk-of-the-block-my-block") == "denied for *** and ***"


def test_a_block_is_read_from_prefect_while_an_event_loop_runs(monkeypatch):
    import asyncio

    from prefect.blocks.system import Secret

    module._of_block.cache_clear()
    monkeypatch.setattr(Secret, "load", lambda name: Secret(value=f"sk-{name}-1234"))

    async def ask() -> str:
        return key_of("block:mine")

    assert asyncio.run(ask()) == "sk-mine-1234"


def test_a_missing_key_is_named_in_a_sentence(monkeypatch):
    from prefect.blocks.system import Secret

    def load(name: str) -> Secret:
        raise ValueError(f"Unable to find block document named {name} for block type secret")

    monkeypatch.delenv("MY_PROVIDERS_KEY", raising=False)
    monkeypatch.setattr(Secret, "load", load)
    with pytest.raises(MissingKeyError, match="the environment has no MY_PROVIDERS_KEY, which is to hold"):
        key_of("env:MY_PROVIDERS_KEY")
    with pytest.raises(MissingKeyError, match="Prefect gives no Secret block 'not-there', which is to hold"):
        key_of("block:not-there")


@pytest.mark.parametrize("name", ["PREFECT_API_KEY", "AWS_SECRET_ACCESS_KEY", "NCBI_API_KEY"])
def test_keys_of_other_services_go_to_no_model_server(monkeypatch, name):
    monkeypatch.setenv(name, SECRET)
    with pytest.raises(MissingKeyError, match=f"{name} is no key of a language-model server"):
        key_of(f"env:{name}")


@pytest.mark.parametrize("key", ["sk-Secret\nX-Header: 1", "sk-Secret two", "“sk-Secret”", "sk-Secret\t1"])
def test_a_key_that_no_header_may_hold_is_refused_and_not_shown(monkeypatch, key):
    for source, name in ((None, "DISTILLERY_API_KEY"), ("env:MY_PROVIDERS_KEY", "MY_PROVIDERS_KEY")):
        monkeypatch.setenv(name, key)
        with pytest.raises(MissingKeyError, match=f"{name} holds a blank, a line break or") as refused:
            key_of(source)
        assert "Secret" not in str(refused.value)


def test_places_of_keys_have_names():
    assert [where(None), where("env:A"), where("block:b")] == [
        "DISTILLERY_API_KEY",
        "A",
        "the Prefect Secret block 'b'",
    ]
