"""The command line: ``distillery``."""
