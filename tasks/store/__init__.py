"""Tables on disk: immutable Parquet parts under recipes, rows known by the hash of their inputs.

Two hashes decide what is computed. The *recipe* says how rows are made: stage, version and the parameters that can
change a row. Its digest names the folder. The *row key* says from what a row is made: the content of its inputs.
So a changed prompt starts a new folder, changed articles change only the keys that they touch, and whatever
does not change the inputs of a later stage is never computed there again.

| never part of either hash | why |
|---|---|
| batch size, requests in flight, URL, retries, device | they change how fast a row comes, not what it says |
| root folder, run name, time | a row means the same wherever and whenever it was made |

Below the root lie ``<stage>/<digest>/`` with ``recipe.json``, ``parts``, ``quarantine`` and ``damaged`` (parts that
could not be read), ``selections`` (the row keys of references) and ``forgotten`` (rows taken out of their tables).
Whatever is read is verified, and written anew where it does not match: pages by their checksums, selections and
recipes by the hash in their name.
"""
