"""The command line: ``distillery``."""

from flows.cli.app import main

__all__ = ["main"]
