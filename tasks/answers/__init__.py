"""Answers: yes, no or maybe and a sentence or two, written by a model from the evidence."""
