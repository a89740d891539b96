"""Small models and a sample of PubMed that come from the package index, so that the defaults need no model hub."""
