import inspect
import logging

import pytest

from tasks.orchestration.end_of_run import ends_with_a_sentence
from tasks.serving.spending import LimitReachedError
from tasks.store.outcome import UnfinishedError


@ends_with_a_sentence
def spend(much: int = 1) -> dict:
    """Spend."""
    if much > 1:
        raise LimitReachedError("the run has used 9 tokens")
    if much < 1:
        raise UnfinishedError("the server is gone")
    return {"much": much}


def test_a_flow_that_ends_by_its_own_settings_has_failed_with_the_sentence():
    state = spend(2)
    assert (state.is_failed(), state.message) == (True, "the run has used 9 tokens")
    with pytest.raises(LimitReachedError, match="the run has used 9 tokens"):
        state.result()


def test_anything_else_goes_its_way():
    assert spend() == {"much": 1}
    with pytest.raises(UnfinishedError, match="the server is gone"):
        spend(0)
    assert list(inspect.signature(spend).parameters) == ["much"]


def test_no_traceback_of_such_an_end_is_logged(caplog):
    spend(1)
    logger = logging.getLogger("prefect.task_runs")
    logger.addHandler(caplog.handler)
    try:
        for error in (LimitReachedError("the run has used 9 tokens"), OSError("the disk is full")):
            try:
                raise error
            except (LimitReachedError, OSError):
                logger.exception("Task run failed with exception: %r", error)
    finally:
        logger.removeHandler(caplog.handler)
    limit, disk = caplog.records[0], caplog.records[-1]
    assert (limit.getMessage(), limit.exc_info) == ("the run has used 9 tokens", None)
    assert disk.exc_info is not None
