"""What ``benchmarks.generation`` compares: one script for each, which takes URL PROMPTS FOLDER IN_FLIGHT.

``PROMPTS`` holds the bodies of requests, one a line. A script asks for each, persists what comes into ``FOLDER`` and
prints one JSON object: records, and the seconds from the first that it did, its imports apart, to the last. Those of
libraries (``run_NAME.py``) run in an environment of their own, of the versions in ``NAME.txt``, and so import nothing
of this project.
"""
