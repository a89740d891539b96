"""PubMed XML into frames: blocks of bytes, parsed and transformed by libxml2 and libxslt, decoded by Polars.

``read`` is the way in, of files in MEDLINE format, too, which become such blocks. ``fields`` declares what is read and
from where; everything else follows from it.
"""
