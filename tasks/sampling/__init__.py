"""Samples: which articles of a branch a run asks questions about."""
