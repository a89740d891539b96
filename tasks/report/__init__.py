"""The report of a run: one HTML page, and the same in short as Prefect artifacts."""
