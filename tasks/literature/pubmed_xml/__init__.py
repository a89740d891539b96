"""PubMed XML into frames: blocks of bytes, parsed and transformed by libxml2 and libxslt, decoded by Polars.

``read`` is the way in. ``fields`` declares what is read and from where; everything else follows from it.
"""
