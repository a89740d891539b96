"""Where the command ``distillery`` begins: before its imports, which take a second or two."""

import signal


def main() -> None:
    """Run the command line; Ctrl-C ends it without a traceback while it is still being imported."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from deployments.cli.app import main as run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()
