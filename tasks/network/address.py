"""Addresses that may be shown and stored: without a name and a password in them."""

from typing import Annotated

from pydantic import AfterValidator, Field

from tasks.network.mask import USERINFO

OPEN_ADDRESS = (
    "an address with a name and a password in it would be stored and shown with the run; leave them out. The key of "
    "a language-model server goes into DISTILLERY_API_KEY, in the environment of the process that runs the flow"
)


def without_password(address: str) -> str:
    """Return an address, or any text, as it is.

    Raises:
        ValueError: it holds a name and a password; the message does not.
    """
    if USERINFO.search(address):
        raise ValueError(OPEN_ADDRESS)
    return address


OpenText = Annotated[
    str,
    AfterValidator(without_password),
    # For Prefect's form and server, which refuse a run by it before its parameters are stored.
    Field(json_schema_extra={"pattern": r"^(?!.*://[^\s/?#]*@)(?!.*://[^\s/?#:@]+:(?![0-9]+[/?#])[^\s@]*@)"}),
]
"""A parameter that may be an address, and then one without name and password."""
