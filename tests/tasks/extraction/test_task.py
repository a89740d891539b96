from dataclasses import replace

from tasks.extraction.built_in import ADE
from tasks.extraction.pool import Pool
from tasks.extraction.task import Pooling
from tasks.vocabulary.vocabulary import Vocabulary


def test_what_is_evaluated_is_part_of_the_sentences_recipe_in_any_order():
    pooling = Pooling(ADE, Pool(), Vocabulary(), evaluated=(1, 2), evaluated_texts=("a", "b"))
    digests = {
        replace(pooling, **changed).recipe.digest
        for changed in ({}, {"evaluated": ()}, {"evaluated_texts": ()}, {"evaluated_texts": ("a",)})
    }
    assert len(digests) == 4
    assert replace(pooling, evaluated=(2, 1), evaluated_texts=("b", "a")).recipe == pooling.recipe
