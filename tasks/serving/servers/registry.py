"""Which kinds of servers there are: those that the files of this folder hold."""

import importlib
import inspect
import pkgutil

from tasks.serving import servers
from tasks.serving.servers.chat_completions import ChatCompletions


def kinds() -> dict[str, ChatCompletions]:
    """Return the kinds by their names; the one of which nothing more is known comes last."""
    found: list[type[ChatCompletions]] = []
    for file in sorted(pkgutil.iter_modules(servers.__path__), key=lambda module: module.name):
        module = importlib.import_module(f"{servers.__name__}.{file.name}")
        found += [
            one
            for _, one in inspect.getmembers(module, inspect.isclass)
            if issubclass(one, ChatCompletions) and one.__module__ == module.__name__
        ]
    return {one.name: one() for one in sorted(found, key=lambda one: one is ChatCompletions)}
