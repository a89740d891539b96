"""Extraction: gold corpora, what teachers say read and located, scores, folds and a simulated teacher."""
