import pytest


@pytest.fixture
def quick(monkeypatch):
    """Wait a thousandth of the time between attempts, and not for a server that answers nothing for half a second."""
    monkeypatch.setenv("DISTILLERY_RETRY_SECONDS", "0.001")
    monkeypatch.setenv("DISTILLERY_OUTAGE_SECONDS", "0.5")
