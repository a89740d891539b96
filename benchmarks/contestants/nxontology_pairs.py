"""nxontology on pairs of descriptors: python nxontology_pairs.py GRAPH.json RESULT.json."""

import json
import sys
import time
from pathlib import Path

from nxontology import NXOntology

given = json.loads(Path(sys.argv[1]).read_text())
ontology = NXOntology()
for node in given["nodes"]:
    ontology.add_node(node)
for above, below in given["edges"]:
    ontology.graph.add_edge(above, below)
ontology.freeze()
content = {node: ontology.node_info(node).intrinsic_ic_sanchez for node in given["nodes"]}
began = time.perf_counter()
values = []
for first, second in given["pairs"]:
    pair = ontology.similarity(first, second)
    values.append((pair.resnik, pair.lin, pair.jiang))
seconds = time.perf_counter() - began
Path(sys.argv[2]).write_text(json.dumps({"content": content, "values": values, "seconds": seconds}))
