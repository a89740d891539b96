"""Harvest: PubMed records into the articles table, and which articles a run may use."""
