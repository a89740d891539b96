"""Questions: generators ask one of each sampled article, and gates say which may compete."""
