import sys

from tasks.serving import servers
from tasks.serving.dialect import Dialect
from tasks.serving.model import LanguageModel
from tasks.serving.recognise import recognise
from tasks.serving.request import Request
from tasks.serving.servers.registry import kinds
from tests.tasks.serving.odd_server import OddServer, listed

NAMES = {
    "vllm", "sglang", "llama.cpp", "llama-cpp-python", "ollama", "lm-studio", "tgi", "transformers", "openai",
    "openai-batch",
    "chat-completions",
}  # fmt: skip
MINE = """
from tasks.serving.servers.chat_completions import ChatCompletions

class Mine(ChatCompletions):
    name = "mine"
    title = "my server"
    owners = frozenset({"my-company"})
    metrics = ("mine_running", "mine_waiting")

    def length(self, request, dialect):
        return {"longest": request.max_tokens}
"""


def test_the_kinds_are_those_of_the_folder():
    assert kinds().keys() == NAMES
    assert list(kinds())[-1] == "chat-completions"


def test_a_file_is_all_that_a_kind_needs(tmp_path, monkeypatch):
    (tmp_path / "mine_only_here.py").write_text(MINE)
    monkeypatch.setattr(servers, "__path__", [*servers.__path__, str(tmp_path)])
    try:
        assert kinds().keys() == NAMES | {"mine"}
        assert LanguageModel(url="http://a:1", kind="mine").kind == "mine"
        with OddServer({"/v1/models": listed("m", owner="my-company")}) as server:
            found = recognise(server.url, {})
        assert found.kind.title == "my server"
        assert found.kind.body(Request([], 5), Dialect()) == {"messages": [], "temperature": 0.0, "longest": 5}
    finally:
        sys.modules.pop("tasks.serving.servers.mine_only_here", None)
