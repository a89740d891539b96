"""Gates of answers: which of them are fit to train on. One gate, or a few that belong together, in each file."""
