"""Fixtures that several packages' tests use."""

import polars as pl
import pytest
from hypothesis import settings as hypothesis_settings

from mesh.hierarchy import Hierarchy, load_hierarchy
from tests.fake_llm import FakeLlm

hypothesis_settings.register_profile("any machine", deadline=None)
hypothesis_settings.load_profile("any machine")


@pytest.fixture(scope="session")
def hierarchy() -> Hierarchy:
    """MeSH 2024."""
    return load_hierarchy()


@pytest.fixture(scope="session")
def toy() -> Hierarchy:
    """Six descriptors small enough to work everything out by hand.

    A01  body (D1)                B01  tools (D4)
      A01.100  organ (D2)           B01.200  graft (D3)
        A01.100.100  graft (D3)       B01.200.300  patch (D5)
      A01.200  skin (D6)
    """
    rows = [
        ("D1", "Body", ["A01"]),
        ("D2", "Organ", ["A01.100"]),
        ("D3", "Graft", ["A01.100.100", "B01.200"]),
        ("D4", "Tools", ["B01"]),
        ("D5", "Patch", ["B01.200.300"]),
        ("D6", "Skin", ["A01.200"]),
    ]
    return Hierarchy(
        pl.DataFrame(
            [(ui, name, [f"{name} term"], numbers) for ui, name, numbers in rows],
            schema=["ui", "name", "entry_terms", "tree_numbers"],
            orient="row",
        )
    )


@pytest.fixture
def llm():
    """A local HTTP server that answers like vLLM, without a model."""
    with FakeLlm() as server:
        yield server
