"""Retrieval: every usable abstract as a vector, and each question's nearest neighbours among them."""
