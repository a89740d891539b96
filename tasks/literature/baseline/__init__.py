"""NLM's yearly baseline and daily updates, from its server or from a mirror folder.

https://pubmed.ncbi.nlm.nih.gov/download/
"""
