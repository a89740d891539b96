"""Requests to public servers: paced, retried, and never silently incomplete."""
