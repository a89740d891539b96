"""The MeSH hierarchy: read, resolve, weigh, compare and sample."""
