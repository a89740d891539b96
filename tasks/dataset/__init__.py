"""Datasets: what is written out for training, each record with where it comes from."""
