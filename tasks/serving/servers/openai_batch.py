"""OpenAI's batches: half the price, and up to a day to wait (https://platform.openai.com/docs/guides/batch)."""

from typing import ClassVar

from tasks.serving.servers.openai import OpenAI


class OpenAIBatch(OpenAI):
    """Is asked by files of requests, whose answers come all at once; see ``tasks.serving.ask_in_batches``.

    Nobody gets it who does not name it.
    """

    name: ClassVar[str] = "openai-batch"
    title: ClassVar[str] = "OpenAI, in batches"
    hosts: ClassVar[tuple[str, ...]] = ()
    in_batches: ClassVar[bool] = True
