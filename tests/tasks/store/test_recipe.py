from tasks.store.recipe import Recipe, digest


def test_a_recipe_is_known_by_what_can_change_a_row():
    plain = Recipe("questions", 1, {"prompt": "Ask.", "temperature": 0.0})
    assert plain.digest == Recipe("questions", 1, {"temperature": 0.0, "prompt": "Ask."}).digest
    different = [
        Recipe("answers", 1, dict(plain.parameters)),
        Recipe("questions", 2, dict(plain.parameters)),
        Recipe("questions", 1, {**plain.parameters, "prompt": "Ask!"}),
        Recipe("questions", 1, dict(plain.parameters), reads=(plain,)),
    ]
    assert len({plain.digest, *(recipe.digest for recipe in different)}) == 5


def test_digests_stay_what_they_are():
    # Taken with sha256sum of {"a":"é","b":[1,2.5,null]}: a digest that changes orphans every table in the world.
    assert digest({"b": [1, 2.5, None], "a": "é"}) == "d764fee2563da33e"
    assert Recipe("articles", 1).table == "articles/073f88a41f85dfcd"
