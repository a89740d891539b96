"""Judging models, and keeping what they are judged on out of the data."""
