"""The embeddings and contexts stages as Prefect tasks."""

from functools import partial

from tasks.literature.collection import read_usable
from tasks.logger import logger
from tasks.orchestration.stage import fill, stage_task
from tasks.retrieval.embed import draw_searched, embed_articles, wanted_embeddings
from tasks.retrieval.encoder import Encoder
from tasks.retrieval.search import Retrieval, find_contexts, wanted_contexts
from tasks.store.reference import StageResult, TableRef
from tasks.store.store import Store

EMBEDDING_BATCH_ROWS = 256
CONTEXT_BATCH_ROWS = 1024
NOT_DRAWN = "usable, but not drawn to be searched for contexts (--search-articles)"


def _embed(store: Store, articles: TableRef, encoder: Encoder, max_articles: int) -> StageResult:
    usable = read_usable(store, articles)
    searched = draw_searched(usable, max_articles)
    left_out = len(usable) - len(searched)
    if left_out:
        logger.info(
            "searching %s of %s usable articles, drawn evenly; --search-articles 0 searches all of them",
            f"{len(searched):,}", f"{len(usable):,}",
        )  # fmt: skip
    result = fill(
        store,
        store.table(encoder.recipe),
        wanted_embeddings(searched, encoder),
        partial(embed_articles, encoder=encoder),
        label="embeddings",
        batch_rows=EMBEDDING_BATCH_ROWS,
    )
    return result.model_copy(update={"reasons": result.reasons | ({NOT_DRAWN: left_out} if left_out else {})})


def _find_contexts(store: Store, candidates: TableRef, embeddings: TableRef, retrieval: Retrieval) -> StageResult:
    wanted = wanted_contexts(store.read(candidates), retrieval, embeddings.fingerprint)
    vectors = store.read(embeddings, ["pmid", "vector"])
    compute = partial(find_contexts, embeddings=vectors, retrieval=retrieval)
    return fill(store, store.table(retrieval.recipe), wanted, compute, label="contexts", batch_rows=CONTEXT_BATCH_ROWS)


embeddings_stage = stage_task(_embed, "embeddings")
contexts_stage = stage_task(_find_contexts, "contexts")
