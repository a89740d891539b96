"""The rows that a training is about: read from its sources, and those of them that fit the model."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tasks.evaluation.bioasq import document_questions, read_questions
from tasks.literature.whole_collection import whole_collection
from tasks.questions.generator import Prompt
from tasks.serving.model import LanguageModel
from tasks.store.outcome import Outcome
from tasks.store.store import Store
from tasks.tuning.base import base_path
from tasks.tuning.pairs import from_preferences, preference_rows
from tasks.tuning.passages import from_texts, passage_rows
from tasks.tuning.settings import AnyTraining, GeneratorDpo, GeneratorSft, TargetCpt
from tasks.tuning.sources import from_document_questions, read_dataset, with_abstracts
from tasks.tuning.supervised import from_conversations, supervised_rows
from tasks.tuning.tokens import ChatTokens

ABSTRACT_SCHEMA = {"pmid": pl.Int64, "title": pl.String, "abstract": pl.String}
RECORDS = {
    "generator-dpo": ("preferences", from_preferences),
    "target-cpt": ("cpt", from_texts),
    "target-sft": ("sft", from_conversations),
}


def read_rows(training: AnyTraining, sources: Sequence[Path], store: Store, prompt: Prompt) -> pl.DataFrame:
    """Return what the sources hold for this kind of training: row_key, pmid and what the model is shown.

    The generator's supervised training reads golden files of BioASQ: a document's text is the abstract where the store
    holds it, and its snippets otherwise. The other kinds read the folders of distilled datasets.

    Args:
        prompt: that of the generator's supervised training; its examples are left out.

    Raises:
        BioasqError, TrainingSourceError: a source is not what it has to be.
    """
    if isinstance(training, GeneratorSft):
        pairs = pl.concat([document_questions(read_questions(source).rows) for source in sources]).unique(
            ["question_id", "pmid"], keep="first", maintain_order=True
        )
        wanted = pl.col("pmid").is_in(pairs["pmid"].unique().implode())
        columns = list(ABSTRACT_SCHEMA)
        parts = [part.filter(wanted).select(columns) for part in whole_collection(store, columns)]
        articles = pl.concat([pl.DataFrame(schema=ABSTRACT_SCHEMA), *parts])
        render = prompt.model_copy(update={"examples": ()}).messages
        return from_document_questions(with_abstracts(pairs, articles), render)
    kind, made = RECORDS[training.kind]
    return pl.concat([made(read_dataset(source, kind)) for source in sources])


def fitting_rows(training: AnyTraining, model: LanguageModel, rows: pl.DataFrame) -> Outcome:
    """Return the rows that fit the training in the model's tokens, and why the others do not."""
    tokens = ChatTokens.load(base_path(model), model.revision)
    if isinstance(training, GeneratorDpo):
        return preference_rows(rows, tokens, training.max_length, training.least_margin)
    if isinstance(training, TargetCpt):
        return passage_rows(rows, tokens)
    return supervised_rows(rows, tokens, training.max_length)
