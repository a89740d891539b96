"""Kinds of servers: how each is asked, what it can hold a model to, and how it is known again. A kind is a file."""
