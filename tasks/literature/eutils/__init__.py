"""NCBI's E-utilities: search PubMed, in slices that it serves whole, and fetch what was found.

https://www.ncbi.nlm.nih.gov/books/NBK25499/
"""
