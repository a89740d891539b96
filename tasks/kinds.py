"""Kinds of questions: what a good answer to one is."""

from enum import StrEnum
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema


class Kind(StrEnum):
    """A decision, a name or number, several of them, or why and how."""

    YES_NO = "yes/no"
    FACTOID = "factoid"
    LIST = "list"
    EXPLANATION = "explanation"


class ByKind:
    """Annotates a ``dict[Kind, ...]``: a form has a field for each kind, and no other name is a setting."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Name the kinds: a form shows an object of any names as JSON."""
        described = handler(schema)
        value = described.pop("additionalProperties")
        described.pop("propertyNames", None)
        fields = {kind.value: {"title": kind.value.capitalize(), **value} for kind in Kind}
        return {**described, "properties": fields, "additionalProperties": False}
