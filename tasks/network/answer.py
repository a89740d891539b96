"""What a server's answer is, whichever client brought it."""

from collections.abc import Mapping
from typing import Protocol


class HttpAnswer(Protocol):
    """An answer that is read whole, as ``httpx.Response`` and ``tasks.network.wide_client.Received`` are."""

    @property
    def status_code(self) -> int:
        """Its HTTP status."""

    @property
    def is_success(self) -> bool:
        """Whether the status is of the 2xx."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers, whose names are found however they are spelt."""

    @property
    def content(self) -> bytes:
        """Its body."""

    @property
    def text(self) -> str:
        """Its body as text."""

    @property
    def url(self) -> object:
        """The address that was asked, to be shown as text."""
