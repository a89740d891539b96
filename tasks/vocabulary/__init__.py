"""Which year's MeSH a run goes by, and where years other than the shipped one come from."""
