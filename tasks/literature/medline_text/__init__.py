"""MEDLINE format (.nbib, ``PMID- 310``), as PubMed's site exports it, into the XML records that say the same.

https://www.nlm.nih.gov/bsd/mms/medlineelements.html. So there is one declaration of columns, and one reader of them.
"""
