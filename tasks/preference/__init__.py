"""Preference: score questions by how near their contexts lie to their source in MeSH, and pair best with worst."""
