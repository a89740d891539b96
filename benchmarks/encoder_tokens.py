"""How many tokens of each text the encoder should read: speed against what its neighbours are worth.

    python -m benchmarks.encoder_tokens [--articles 4000]

Embeds abstracts of the sample at several lengths and takes the mean simGIC of each article with its four nearest
neighbours, by MeSH headings without check tags.
"""

import argparse
import json
import time

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from mesh.batch import BatchSimilarity
from mesh.check_tags import CHECK_TAGS
from mesh.descriptor_index import DescriptorIndex, Floats, HeadingSets
from mesh.document_frequency import corpus_information_content
from mesh.hierarchy import load_hierarchy
from tasks.assets.fetch import sample_files
from tasks.literature.pubmed_xml.read import read_records
from tasks.retrieval.encoder import Encoder, Vectors

LENGTHS = (48, 64, 96, 128)
NEIGHBOURS = 4
JUDGED = 1500


def main() -> None:
    """Print texts per second and neighbourhood similarity at each length."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=4000)
    articles = read_sample(parser.parse_args().articles)
    hierarchy = load_hierarchy()
    uis = articles["headings"].list.eval(pl.element().struct.field("ui"))
    subjects = uis.list.eval(pl.element().filter(~pl.element().is_in(CHECK_TAGS)))
    index = DescriptorIndex(hierarchy, subjects.explode().drop_nulls().unique())
    similarity = BatchSimilarity(index, corpus_information_content(hierarchy, subjects))
    headings = index.heading_sets(subjects)
    texts = [f"{title}\n{abstract}" for title, abstract in articles.select("title", "abstract").iter_rows()]
    table = Table("tokens", "texts/s", "simGIC of neighbours", "standard error", box=None)
    result = {}
    for tokens in LENGTHS:
        encoder = Encoder(max_tokens=tokens)
        encoder.encode(texts[:16])
        began = time.monotonic()
        vectors = encoder.encode(texts)
        rate = len(texts) / (time.monotonic() - began)
        values = judge(vectors, headings, similarity)
        mean, error = float(values.mean()), float(values.std(ddof=1)) / len(values) ** 0.5
        table.add_row(str(tokens), f"{rate:.0f}", f"{mean:.4f}", f"{error:.4f}")
        result[str(tokens)] = {"texts_per_s": round(rate, 1), "simgic": round(mean, 4), "error": round(error, 4)}
    Console().print(table)
    print(json.dumps(result))


def read_sample(count: int) -> pl.DataFrame:
    """Return indexed articles with an abstract from the sample's older file."""
    columns = ["pmid", "title", "abstract", "headings"]
    articles = pl.concat(records.frame.select(columns) for records in read_records(sample_files()[0]))
    kept = articles.filter(pl.col("abstract") != "", pl.col("headings").list.len() > 0)
    return kept.unique("pmid", maintain_order=True).sample(count, seed=1)


def judge(vectors: Vectors, headings: HeadingSets, similarity: BatchSimilarity) -> Floats:
    """Return simGIC of the first articles with each of their nearest neighbours."""
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -np.inf)
    nearest = np.argsort(-likeness[:JUDGED], axis=1)[:, :NEIGHBOURS].astype(np.int32)
    places = np.repeat(np.arange(len(nearest), dtype=np.int32), NEIGHBOURS)
    values = similarity.simgic(headings, places, nearest.ravel())
    return values[~np.isnan(values)]


if __name__ == "__main__":
    main()
