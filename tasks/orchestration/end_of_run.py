"""How a flow ends where its own settings end it: as failed, with one sentence, and no traceback in its log."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec

from prefect import State, get_client
from prefect.context import FlowRunContext
from prefect.exceptions import Pause
from prefect.states import AwaitingRetry, Failed
from prefect.utilities.engine import propose_state_sync

from tasks.store.outcome import EndOfRunError, LaterError

Arguments = ParamSpec("Arguments")


def ends_with_a_sentence(flow_function: Callable[Arguments, dict[str, Any]]) -> Callable[Arguments, dict[str, Any]]:
    """Return the function of a flow such that an ``EndOfRunError`` in it is the message of the failed run's state.

    Whoever calls the flow directly gets the error raised.
    """

    @wraps(flow_function)
    def run(*arguments: Arguments.args, **named: Arguments.kwargs) -> dict[str, Any]:
        logging.getLogger("prefect.task_runs").addFilter(_without_traceback)
        try:
            return flow_function(*arguments, **named)
        except LaterError as later:
            raise Pause(state=_reschedule(later)) from None
        except EndOfRunError as end:
            return Failed(message=str(end), data=end)  # type: ignore[return-value]  # Prefect takes it for the state

    return run


def _reschedule(later: LaterError) -> State:
    """Have this flow run begun again in a while; the state is set before the process ends, so that no worker waits.

    Stages that are whole come from Prefect's cache then, and rows from their tables.
    """
    run = FlowRunContext.get()
    assert run is not None and run.flow_run is not None
    state: State[Any] = AwaitingRetry(
        scheduled_time=datetime.now(UTC) + timedelta(seconds=later.after), message=str(later)
    )
    with get_client(sync_client=True) as client:
        return propose_state_sync(client, state, flow_run_id=run.flow_run.id)


def _without_traceback(record: logging.LogRecord) -> bool:
    """Take the traceback of an end of a run out of a line of the log; Prefect writes one of whatever a task raises."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, EndOfRunError):
        record.exc_info, record.msg, record.args = None, "%s", (error,)
    return True
