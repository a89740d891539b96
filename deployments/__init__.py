"""How runs are started: the command line, deployments with their schedules, and the Prefect server they need."""
