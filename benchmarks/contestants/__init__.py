"""One script for each parser that ``benchmarks.parse`` compares; each prints one JSON object."""
