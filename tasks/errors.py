"""The one thing that all expected failures have in common."""


class DistilleryError(Exception):
    """Something that its user can mend: the message is a sentence that says what is wrong, where and what to do."""
