"""What one flipped bit of a finished root comes to: told and mended, or wrong without a word.

    python -m benchmarks.bit_flips [--flips 1000] [--seed 0]

Each flip is of one bit at a random place of a part of rows, of a selection or of a recipe. Then the same stage runs
again, up to three times. The last line is one JSON object of counts: ``wrong`` ended well with other rows than before,
``stuck`` did not end well in three runs; ``told`` needed a second run; ``mended`` ended well at once.
"""

import argparse
import json
import logging
import random
import tempfile
from collections import Counter
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table as Shown

from tasks.errors import DistilleryError
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key
from tasks.store.store import Store

FILES = {"part": "numbers/*/parts/*.parquet", "selection": "selections/*.parquet", "recipe": "numbers/*/recipe.json"}
OUTCOMES = ("mended", "told", "stuck", "wrong")
RUNS = 3
RECIPE = Recipe("numbers", 1, {"base": 10})
WANTED = with_row_key(
    pl.DataFrame({"number": range(200)}).with_columns(said=pl.format("the number {} in words", "number")),
    RECIPE,
    ["number"],
)


def main() -> None:
    """Flip bits and print what came of them."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--flips", type=int, default=1000, help="of each kind of file")
    arguments.add_argument("--seed", type=int, default=0)
    chosen = arguments.parse_args()
    logging.disable(logging.WARNING)  # each damaged file is told in the log
    counts = {kind: flip(kind, chosen.flips, chosen.seed) for kind in FILES}
    shown = Shown("file", "flips", *OUTCOMES, box=None)
    for kind, count in counts.items():
        shown.add_row(kind, str(chosen.flips), *(str(count[outcome]) for outcome in OUTCOMES))
    Console().print(shown)
    print(json.dumps({kind: {outcome: count[outcome] for outcome in OUTCOMES} for kind, count in counts.items()}))


def flip(kind: str, flips: int, seed: int) -> Counter[str]:
    """Return how often each outcome came of flipping a bit in a file of this kind."""
    draws = random.Random(f"{seed} {kind}")
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        right = run(Store(folder))
        [path] = root.glob(FILES[kind])
        whole = path.read_bytes()
        for _ in range(flips):
            place = draws.randrange(8 * len(whole))
            content = bytearray(whole)
            content[place // 8] ^= 1 << place % 8
            path.write_bytes(content)
            counts[outcome(Store(folder), right)] += 1
            for each in root.glob(FILES[kind]):
                each.unlink()
            path.write_bytes(whole)
    return counts


def outcome(store: Store, right: pl.DataFrame) -> str:
    """Return what running the stage again over a damaged root comes to."""
    for attempt in range(RUNS):
        try:
            rows = run(store)
        except DistilleryError:
            continue
        if not rows.equals(right):
            return "wrong"
        return "told" if attempt else "mended"
    return "stuck"


def run(store: Store) -> pl.DataFrame:
    """Do what a stage does: compute what is missing, refer to the rows, and read them by the reference."""
    table = store.table(RECIPE)
    table.commit(table.missing(WANTED))
    return store.read(store.select(table, WANTED[ROW_KEY]))


if __name__ == "__main__":
    main()
