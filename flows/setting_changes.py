"""Changes to the settings of a training as part of a form: each may be left empty, and is checked as the setting is."""

from typing import Annotated, Any, Optional

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, create_model
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from tasks.tuning.settings import TrainingKind

FIXED = frozenset({"kind"})
"""What makes a kind of training, and is no setting of it."""


class ChangesTo:
    """Makes a field ``Annotated[dict[str, Any], ChangesTo(GeneratorSft)]``: the settings that are given, by name.

    In a form it is an object with every setting of the kind, empty at first. So a preset can be resolved where the run
    is, and what a form sends of one kind can not pass for settings of another.
    """

    def __init__(self, kind: TrainingKind) -> None:
        self._form = _empty(kind(), kind.cpu())

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return a schema that validates by the form of empty settings and keeps what is given."""
        return core_schema.no_info_after_validator_function(
            _given,
            handler.generate_schema(self._form),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda given: given),
        )


def changed(settings: BaseModel, changes: dict[str, Any]) -> dict[str, Any]:
    """Return settings as values, with changes in them."""
    values = settings.model_dump()
    for name, change in changes.items():
        values[name] = {**values[name], **change} if isinstance(change, dict) else change
    return values


def _empty(paper: BaseModel, cpu: BaseModel) -> type[BaseModel]:
    """Return a model of the same fields, none of which needs a value; descriptions say what stands without one."""
    fields: dict[str, Any] = {}
    for name, info in type(paper).model_fields.items():
        theirs, ours = getattr(paper, name), getattr(cpu, name)
        if isinstance(theirs, BaseModel):
            inner = _empty(theirs, ours)
            fields[name] = (inner, Field(default=inner(), title=info.title))
        elif name not in FIXED:
            checked: Any = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
            description = _describe(info, theirs, ours)
            fields[name] = (Optional[checked], Field(default=None, title=info.title, description=description))  # noqa: UP045
    return create_model(f"{type(paper).__name__}Changes", __config__=ConfigDict(extra="forbid"), **fields)


def _describe(info: FieldInfo, paper: object, cpu: object) -> str:
    empty = f"Empty: {_said(paper)}" + ("." if paper == cpu else f"; with the preset cpu {_said(cpu)}.")
    return f"{info.description} {empty}" if info.description else empty


def _said(value: object) -> str:
    if value is None or value == ():
        return "none"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _given(form: BaseModel) -> dict[str, Any]:
    """Return the values that are given; objects without any are left out."""
    given = form.model_dump(exclude_none=True)
    return {name: value for name, value in given.items() if value != {}}
