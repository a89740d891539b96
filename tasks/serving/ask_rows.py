"""Ask a server about every row of a frame and sort the replies into rows and refusals."""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from tasks.serving.chat import ChatReply, ChatRequest, Refusal, complete
from tasks.serving.endpoint import Endpoint, EndpointError
from tasks.store.outcome import REFUSED_SCHEMA, Outcome
from tasks.store.reference import LlmUsage
from tasks.store.row_key import ROW_KEY

BY_PMID = pl.format("PMID {}", "pmid")


def ask_rows(
    rows: pl.DataFrame,
    requests: Sequence[ChatRequest],
    endpoint: Endpoint,
    read: Callable[[ChatReply], dict[str, Any] | str],
    schema: dict[str, Any],
    named: pl.Expr = BY_PMID,
) -> Outcome:
    """Return what the replies come to, one request per row.

    Args:
        rows: row_key and what ``named`` reads, in the order of ``requests``.
        read: turns a reply into the row's new columns, or into the reason why it has none.
        schema: the columns that ``read`` gives.
        named: what a person would look a row up by, for the quarantine.

    Raises:
        EndpointError: the server failed for good, or refused every request, which is no matter of a record.
    """
    replies = complete(endpoint, requests)
    _check_not_all_refused(replies, endpoint)
    finished: list[dict[str, Any]] = []
    refused: list[tuple[str, str, str]] = []
    usage = LlmUsage()
    for (key, name), reply in zip(rows.select(ROW_KEY, name=named).iter_rows(), replies, strict=True):
        if isinstance(reply, Refusal):
            refused.append((key, name, f"refused by the server: {reply.reason}"))
            continue
        usage += LlmUsage(requests=1, prompt_tokens=reply.prompt_tokens, completion_tokens=reply.completion_tokens)
        columns = read(reply)
        if isinstance(columns, str):
            refused.append((key, name, columns))
        else:
            finished.append({ROW_KEY: key, **columns})
    answered = pl.DataFrame(finished, schema={ROW_KEY: pl.String, **schema})
    return Outcome(
        rows.join(answered, on=ROW_KEY, maintain_order="left"),
        pl.DataFrame(refused, schema=REFUSED_SCHEMA, orient="row"),
        usage,
    )


def _check_not_all_refused(replies: Sequence[ChatReply | Refusal], endpoint: Endpoint) -> None:
    refusals = [reply for reply in replies if isinstance(reply, Refusal)]
    if len(refusals) == len(replies) > 1:
        raise EndpointError(
            f"the server at {endpoint.url} refused all {len(replies)} requests of a batch: {refusals[0].reason}"
        )
