"""The stages of an extraction as Prefect tasks: sentences, a teacher's answers, annotations."""

from dataclasses import dataclass
from typing import Any

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.errors import DistilleryError
from tasks.extraction.annotate import (
    ANNOTATED_SCHEMA,
    AnnotatedArticles,
    Annotator,
    annotate,
    flat,
    wanted_annotations,
)
from tasks.extraction.ask_teacher import ANSWER_SCHEMA, TeacherLabels, labels_of, teacher_asking, wanted_answers
from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.examples import SENTENCE_SCHEMA
from tasks.extraction.mention_names import dictionaries_of
from tasks.extraction.pool import Pool, pool_sentences
from tasks.extraction.pre_filter import VERDICT_SCHEMA, passed, wanted_verdicts, whether_asking
from tasks.extraction.teacher import Teacher
from tasks.literature.collection import EVALUATED, NO_ABSTRACT, NOT_INDEXED, OTHER_ABSTRACT, read_usable
from tasks.literature.headings import with_uis
from tasks.logger import logger
from tasks.orchestration.ask import fill_by_asking
from tasks.orchestration.stage import fill, stage_task
from tasks.serving.engine import Engine
from tasks.store.outcome import Outcome
from tasks.store.part import write_atomically
from tasks.store.recipe import Recipe, digest
from tasks.store.reference import StageResult, TableRef
from tasks.store.row_key import ROW_KEY, fingerprint, with_row_key
from tasks.store.store import Store
from tasks.vocabulary.vocabulary import Vocabulary

ANNOTATION_BATCH_ROWS = 512
READABLE = 0.25
"""Share of a teacher's answers that must be readable: with fewer, server, prompt or model are wrong, not sentences. Of
the embedded model, which is no teacher, about half are (12 of 24 on ADE sentences, unconstrained)."""


@dataclass(frozen=True, slots=True)
class Pooling:
    """Which sentences are wanted for a task, and from which articles none may come."""

    task: ExtractionTask
    pool: Pool
    vocabulary: Vocabulary
    evaluated: tuple[int, ...] = ()
    evaluated_texts: tuple[str, ...] = ()

    @property
    def recipe(self) -> Recipe:
        """The sentences recipe."""
        evaluated = digest([sorted(self.evaluated), sorted(self.evaluated_texts)])
        mentions = [(mention.branches, mention.mask, mention.substances) for mention in self.task.mentions]
        chosen = {"task": self.task.name, "mentions": mentions, **self.pool.model_dump(mode="json")}
        parameters = {**chosen, "evaluated": evaluated}
        return Recipe("sentences", 3, {**parameters, "mesh": self.vocabulary.cache_identity})


@dataclass(frozen=True, slots=True)
class Labelling:
    """A teacher at a task."""

    task: ExtractionTask
    teacher: Teacher

    @property
    def recipe(self) -> Recipe:
        """The answers recipe."""
        return self.teacher.recipe(self.task)


@dataclass(frozen=True, slots=True)
class PreFiltering:
    """A teacher that is asked first whether a sentence says anything."""

    task: ExtractionTask
    teacher: Teacher

    @property
    def recipe(self) -> Recipe:
        """The verdicts recipe."""
        return self.teacher.pre_filter_recipe(self.task)


@dataclass(frozen=True, slots=True)
class GoldSentences:
    """Sentences of a gold corpus that the teacher is to label, too, as rows of a table.

    Args:
        task: whose gold they are.
        rows: row_key and the columns of ``SENTENCE_SCHEMA``.
    """

    task: ExtractionTask
    rows: pl.DataFrame

    @classmethod
    def of(cls, task: ExtractionTask, examples: pl.DataFrame) -> "GoldSentences":
        """Return the sentences of gold examples, without their labels."""
        sentences = examples.select(*SENTENCE_SCHEMA)
        return cls(task, with_row_key(sentences, _gold_recipe(task), ["example_id", "pmid", "group"]))

    @property
    def cache_identity(self) -> str:
        """What the sentences contribute to a stage's cache key."""
        return f"{self.task.name}:{fingerprint(self.rows[ROW_KEY])}"


def keep_passed(store: Store, sentences: TableRef, verdicts: TableRef, denied_share: float) -> TableRef:
    """Return the sentences that passed the teacher's pre-filter, and a share of the others.

    Raises:
        DistilleryError: there is none.
    """
    kept = passed(store.read(sentences), store.read(verdicts, empty=VERDICT_SCHEMA), denied_share)
    logger.info("pre-filter: %s of %s sentences are labelled", f"{len(kept):,}", f"{sentences.rows:,}")
    return store.narrow(sentences, kept[ROW_KEY])


def read_labels(store: Store, sentences: pl.DataFrame, answers: TableRef, labelling: Labelling) -> TeacherLabels:
    """Return what the teacher's answers about sentences say."""
    said = store.read(answers, empty=ANSWER_SCHEMA)
    return labels_of(sentences, said, labelling.task, labelling.teacher)


def _pool(store: Store, articles: TableRef, samples: TableRef | None, pooling: Pooling) -> StageResult:
    usable = read_usable(store, articles, despite=(NOT_INDEXED,))
    if samples is not None:
        usable = usable.join(store.read(samples, ["pmid"]), on="pmid", how="semi")
    listed = store.read(articles, ["pmid", "chemicals"]).join(usable, on="pmid", how="semi")
    chemicals = listed.select("chemicals").explode("chemicals").drop_nulls().unnest("chemicals")
    dictionaries = dictionaries_of(pooling.task.mentions, pooling.vocabulary.hierarchy(), chemicals)
    evaluated = (pooling.evaluated, pooling.evaluated_texts)
    pooled = pool_sentences(usable, dictionaries, pooling.task.name, pooling.pool, *evaluated)
    logger.info(
        "%s sentences of %s articles (%s left out, as gold), %s mention what they must; %s are taken",
        f"{pooled.cut:,}",
        f"{pooled.articles - pooled.left_out:,}",
        f"{pooled.left_out:,}",
        f"{pooled.mentioning:,}",
        f"{len(pooled.sentences):,}",
    )
    if pooled.sentences.is_empty():
        raise DistilleryError(
            f"no sentence of {pooled.articles - pooled.left_out:,} articles mentions what it must for the task "
            f"{pooling.task.name}; take more articles or another branch"
        )
    wanted = with_row_key(pooled.sentences, pooling.recipe, ["example_id", "uis"])
    return fill(store, store.table(pooling.recipe), wanted, Outcome, label="sentences", batch_rows=max(1, len(wanted)))


def _ask(store: Store, sentences: TableRef, labelling: Labelling, engine: Engine) -> StageResult:
    extraction, teacher = labelling.task, labelling.teacher
    return fill_by_asking(
        store,
        store.table(labelling.recipe),
        wanted_answers(store.read(sentences, empty=SENTENCE_SCHEMA), extraction, teacher),
        teacher_asking(extraction, teacher),
        lambda: engine.endpoint(teacher.language_model),
        label=f"answers of {teacher.language_model.model}",
        lowest_yield=READABLE,
    )


def _pre_filter(store: Store, sentences: TableRef, filtering: PreFiltering, engine: Engine) -> StageResult:
    extraction, teacher = filtering.task, filtering.teacher
    return fill_by_asking(
        store,
        store.table(filtering.recipe),
        wanted_verdicts(store.read(sentences), extraction, teacher),
        whether_asking(extraction, teacher),
        lambda: engine.endpoint(teacher.language_model),
        label=f"pre-filter by {teacher.language_model.model}",
        lowest_yield=READABLE,
    )


def _keep_gold(store: Store, gold: GoldSentences) -> StageResult:
    table = store.table(_gold_recipe(gold.task))
    return fill(store, table, gold.rows, Outcome, label="gold sentences", batch_rows=max(1, len(gold.rows)))


def _gold_recipe(task: ExtractionTask) -> Recipe:
    return Recipe("gold-sentences", 1, {"task": task.name})


def _annotate(store: Store, articles: TableRef, annotator: Annotator, which: AnnotatedArticles) -> StageResult:
    readable = read_usable(store, articles, despite=(NO_ABSTRACT, OTHER_ABSTRACT, NOT_INDEXED, EVALUATED))
    wanted = wanted_annotations(with_uis(readable, annotator.hierarchy), annotator, which)

    def compute(rows: pl.DataFrame) -> Outcome:
        return annotate(rows, annotator)

    table = store.table(annotator.recipe)
    return fill(store, table, wanted, compute, label="annotations", batch_rows=ANNOTATION_BATCH_ROWS)


@task(name="annotations table", cache_policy=NO_CACHE, persist_result=False, retries=1)
def write_annotations_task(store: Store, annotated: TableRef, annotator: Annotator) -> dict[str, Any]:
    """Write what was found as one Parquet file below ``annotations``; return its path and counts."""
    rows = flat(store.read(annotated, empty=ANNOTATED_SCHEMA), annotator.task)
    path = store.root / "annotations" / f"{annotator.task.name}-{annotated.fingerprint}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, rows)
    return {"annotations": str(path), "found": len(rows), "articles": annotated.rows}


gold_sentences_stage = stage_task(_keep_gold, "gold-sentences")
pre_filter_stage = stage_task(_pre_filter, "teacher-filter")
sentences_stage = stage_task(_pool, "sentences")
teacher_answers_stage = stage_task(_ask, "teacher-answers")
annotations_stage = stage_task(_annotate, "annotations")
