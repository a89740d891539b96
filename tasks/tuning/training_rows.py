"""The rows that a training is about: read from its sources, and those of them that fit the model."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from upath import UPath

from tasks.evaluation.bioasq import document_questions, documents_without_snippets, read_questions
from tasks.kinds import Kind
from tasks.literature.whole_collection import whole_collection
from tasks.questions.generator import Generator, Policy, default_generators
from tasks.questions.named_generators import named_generator
from tasks.serving.model import LanguageModel
from tasks.store.outcome import Outcome
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store
from tasks.tokens import ChatTokens
from tasks.tuning.base import base_path, with_its_base
from tasks.tuning.pairs import from_preferences, preference_rows
from tasks.tuning.passages import from_texts, passage_rows
from tasks.tuning.settings import AnyTraining, GeneratorDpo, GeneratorSft, TargetCpt
from tasks.tuning.sources import (
    TrainingSourceError,
    from_document_questions,
    read_dataset,
    read_policy,
    with_abstracts,
)
from tasks.tuning.supervised import from_conversations, from_labels, supervised_rows

NO_DOCUMENT = "a question without snippets, none of whose documents are in the tables"
UNREADABLE_PART = "a part of a question that can not be read"
ABSTRACT_SCHEMA = {"pmid": pl.Int64, "title": pl.String, "abstract": pl.String}
RECORDS = {
    "generator-dpo": ("preferences", from_preferences),
    "evaluator-sft": ("evaluator", from_labels),
    "target-cpt": ("cpt", from_texts),
    "target-sft": ("sft", from_conversations),
}
KINDS = {"yesno": Kind.YES_NO, "factoid": Kind.FACTOID, "list": Kind.LIST, "summary": Kind.EXPLANATION}
"""BioASQ's types of questions."""


def read_rows(training: AnyTraining, sources: Sequence[Path], store: Store, generator: Generator) -> Outcome:
    """Return what the sources hold for this kind of training: row_key, pmid and what the model is shown; and refusals.

    The generator's supervised training reads golden files of BioASQ: a document's text is the abstract where the store
    holds it, and its snippets otherwise. The other kinds read the folders of distilled datasets.

    Args:
        generator: whose prompts are trained, that of each kind of questions; supervised training leaves the examples
            out.

    Raises:
        BioasqError, TrainingSourceError: a source is not what it has to be, or its preferences are not for a generator
            with these prompts.
    """
    if isinstance(training, GeneratorSft):
        return _read_questions(sources, store, generator)
    config, made = RECORDS[training.kind]
    records = {source: read_dataset(source, config) for source in sources}
    if isinstance(training, GeneratorDpo):
        for source, pairs in records.items():
            _check_prompts(source, pairs, generator)
    return Outcome(pl.concat([made(each) for each in records.values()]))


def _read_questions(sources: Sequence[Path], store: Store, generator: Generator) -> Outcome:
    """Return documents with the questions of BioASQ about them; refused are questions with no document's text."""
    read = [read_questions(source) for source in sources]
    questions = pl.concat([outcome.rows for outcome in read]).unique("id", keep="first", maintain_order=True)
    pairs = pl.concat([document_questions(questions), documents_without_snippets(questions)])
    pmids = pl.col("pmid").is_in(pairs["pmid"].unique().implode())
    columns = list(ABSTRACT_SCHEMA)
    parts = [part.filter(pmids).select(columns) for part in whole_collection(store, columns)]
    articles = pl.concat([pl.DataFrame(schema=ABSTRACT_SCHEMA), *parts])
    kinds = questions.select(question_id="id", kind=pl.col("type").replace_strict(KINDS, return_dtype=pl.String))
    told = with_abstracts(pairs, articles).join(kinds, on="question_id", maintain_order="left")
    known = told.drop_nulls("document")
    textless = questions.join(known, left_on="id", right_on="question_id", how="anti", maintain_order="left")
    refused = textless.select(pl.col("id").alias(ROW_KEY), key=pl.format("BioASQ {}", "id"), reason=pl.lit(NO_DOCUMENT))
    parts_refused = [outcome.refused.with_columns(reason=pl.lit(UNREADABLE_PART)) for outcome in read]
    prompts = {kind: generator.prompt_for(kind).without_shots() for kind in Kind}
    return Outcome(from_document_questions(known, prompts), pl.concat([refused, *parts_refused]))


def generator_to_train(training: AnyTraining, sources: Sequence[Path], root: UPath, name: str | None) -> Generator:
    """Return the generator of this name, else the one that a dataset's preferences are for, else the first built in.

    Raises:
        UnknownGeneratorError, TrainingSourceError: there is none of this name, or a dataset's can not be read.
    """
    policy = read_policy(sources[0]) if isinstance(training, GeneratorDpo) and name is None else None
    return policy or named_generator(root, name or default_generators()[0].name)


def model_to_train(given: LanguageModel, generator: Generator) -> LanguageModel:
    """Return the model that is given, with its base where it is an adapter alone, else the generator's.

    Raises:
        AdapterError: the adapter is none, or does not say what it was trained on.
        TrainingSourceError: none is given, and the generator's is known by what a server calls it alone.
    """
    if given != LanguageModel():
        return with_its_base(given)
    if isinstance(generator, Policy) and generator.served:
        raise TrainingSourceError(
            f"the preferences are for {generator.language_model.model}, as its server called it; name the model's "
            "folder or its Hugging Face name (--model) to train it"
        )
    return generator.language_model


def trained_generator(training: AnyTraining, generator: Generator, name: str, model: LanguageModel) -> Generator:
    """Return the generator that a training made of another one: under a new name, asked as it was trained."""
    prompt = generator.prompt.without_shots() if isinstance(training, GeneratorSft) else generator.prompt
    return Generator(name=name, language_model=model, kind=generator.kind, prompt=prompt, sampling=generator.sampling)


def _check_prompts(source: Path, pairs: pl.DataFrame, generator: Generator) -> None:
    """Compare all but the article: a generator learns nothing useful from pairs under a prompt that it is not given.

    Datasets from before there were kinds have yes/no questions alone.
    """
    before = {kind.value: generator.prompt_for(kind).conversation(title="", abstract="")[:-1] for kind in Kind}
    kinds = pairs["kind"] if "kind" in pairs.columns else [Kind.YES_NO] * len(pairs)
    for kind, messages in zip(kinds, pairs["prompt"], strict=True):
        if list(messages)[:-1] != before.get(kind):
            raise TrainingSourceError(
                f"the preferences of {source} are for a generator with another prompt; name the one that came first in "
                "its distillation (--generator)"
            )


def fitting_rows(
    training: AnyTraining, model: LanguageModel, rows: pl.DataFrame, refused: pl.DataFrame | None = None
) -> Outcome:
    """Return the rows that fit the training in the model's tokens, and why the others do not.

    Args:
        refused: what was refused before, as in ``REFUSED_SCHEMA``.
    """
    tokens = ChatTokens.load(base_path(model), model.revision)
    fitting = _fit(training.within(tokens.longest), rows, tokens)
    return fitting if refused is None else Outcome(fitting.rows, pl.concat([refused, fitting.refused]))


def _fit(training: AnyTraining, rows: pl.DataFrame, tokens: ChatTokens) -> Outcome:
    if isinstance(training, GeneratorDpo):
        return preference_rows(rows, tokens, training.max_length, training.least_margin)
    if isinstance(training, TargetCpt):
        return passage_rows(rows, tokens)
    return supervised_rows(rows, tokens, training.max_length)
