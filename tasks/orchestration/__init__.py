"""What the stages share of Prefect: caching by recipe, batches as retried tasks, progress. No stage logic."""
