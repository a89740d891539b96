"""pubmedparser2 (a C parser) with eight fields, one thread: python pubmedparser2_eight.py FILE FOLDER."""

import json
import sys
import time
from pathlib import Path

import pubmedparser

ARTICLE = "/PubmedArticle/MedlineCitation/Article"
FIELDS = {
    "root": "/PubmedArticleSet",
    "key": "/PubmedArticle/MedlineCitation/PMID",
    "Title": f"{ARTICLE}/ArticleTitle",
    "Abstract": f"{ARTICLE}/Abstract/AbstractText",
    "Journal": f"{ARTICLE}/Journal/Title",
    "Year": f"{ARTICLE}/Journal/JournalIssue/PubDate/Year",
    "Language": f"{ARTICLE}/Language",
    "PublicationType": f"{ARTICLE}/PublicationTypeList/PublicationType",
    "Heading": "/PubmedArticle/MedlineCitation/MeshHeadingList/MeshHeading/DescriptorName",
    "LastName": f"{ARTICLE}/AuthorList/Author/LastName",
}

began = time.perf_counter()
pubmedparser.read_xml([sys.argv[1]], FIELDS, sys.argv[2], relative_to_default_data=False, n_threads=1)
seconds = time.perf_counter() - began
peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
print(json.dumps({"records": 0, "seconds": seconds, "peak_mb": peak}))
