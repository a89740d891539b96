"""Real trainings of SmolLM2 in processes of their own: what they learn, and what is left when they are killed."""

import signal
from functools import partial
from shutil import rmtree

import polars as pl
import psutil
import pytest

from tasks.assets.fetch import model_folder
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel
from tasks.tokens import ChatTokens
from tasks.tuning.base import base_path, with_adapter
from tasks.tuning.checked import counted
from tasks.tuning.job import TrainingFolder
from tasks.tuning.launch import TrainingError, train_adapter
from tasks.tuning.pairs import preference_rows
from tasks.tuning.passages import passage_rows
from tasks.tuning.settings import GeneratorDpo, GeneratorSft, Lora, TargetCpt
from tasks.tuning.split import Split, split_by_pmid
from tasks.tuning.supervised import supervised_rows
from tests.tasks.tuning.words import assistant, user

pytestmark = pytest.mark.integration

MODEL = LanguageModel()
DRUGS = (
    "aspirin", "heparin", "insulin", "metformin", "warfarin", "digoxin", "morphine", "lithium", "quinine", "codeine",
    "atropine", "caffeine",
)  # fmt: skip
SFT = GeneratorSft(
    epochs=3, learning_rate=2e-3, warm_up=0.1, effective_batch=4, device_batch=2, max_length=96, held_out=0.2,
    checkpoint_every=100, dtype="float32",
)  # fmt: skip


@pytest.fixture(scope="module")
def tokens() -> ChatTokens:
    return ChatTokens.load(str(model_folder(EMBEDDED_MODEL)))


@pytest.fixture(scope="module")
def examples(tokens) -> Split:
    rows = pl.DataFrame(
        [
            {
                "row_key": drug,
                "pmid": 40_000_000 + place,
                "prompt": user(f"We gave {drug} to {place + 20} adults. Question:"),
                "completion": assistant(f"Is {drug} of use in adults, and if so at which dose?"),
            }
            for place, drug in enumerate(DRUGS)
        ]
    )
    split = split_by_pmid(supervised_rows(rows, tokens, SFT.max_length).rows, SFT.held_out)
    assert len(split.train) == 10
    return split


class Watched:
    """Collects progress, and kills the training process when it has done so many steps."""

    def __init__(self, kill_at: int | None = None) -> None:
        self.told, self._kill_at = [], kill_at

    def __call__(self, progress) -> None:
        self.told.append(progress)
        if progress.loss is not None and progress.step == self._kill_at:
            for child in psutil.Process().children(recursive=True):
                if "tasks.tuning.run" in child.cmdline() and "tasks.serving.tether" not in child.cmdline():
                    child.send_signal(signal.SIGKILL)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory, examples):
    watched = Watched()
    root = tmp_path_factory.mktemp("unbroken")
    return root, train_adapter(root, SFT, MODEL, examples, {"no completion": 3}, watched), watched.told


def test_supervised_training_lowers_the_loss_on_rows_that_it_saw_and_did_not_see(unbroken):
    _, trained, told = unbroken
    report = trained.report
    curve = report.curve()
    assert (report.steps, len(curve), report.rows_per_pass) == (9, 9, 2)
    assert curve["loss"].tail(3).mean() < 0.5 * curve["loss"].head(3).mean()
    assert report.held_out_after.per_token < 0.7 * report.held_out_before.per_token
    assert (report.rows, report.held_out_rows, report.refused) == (10, 2, {"no completion": 3})
    assert report.trainable_parameters == 2_442_240
    assert 0.7 < report.estimated_memory_mb / report.peak_memory_mb < 1.5
    steps = [progress for progress in told if progress.loss is not None]
    assert [progress.step for progress in steps] == list(range(1, 10))
    assert steps[-1].seconds_left == 0
    assert told[0].phase == "loading"
    assert told[-1].phase == "finished"


def test_a_finished_adapter_is_reused_until_it_is_damaged(unbroken, examples):
    root, trained, _ = unbroken
    watched = Watched()
    again = train_adapter(root, SFT.model_copy(update={"device_batch": 1}), MODEL, examples, {}, watched)
    assert (again.path, again.report, again.reused) == (trained.path, trained.report, True)
    assert watched.told == []
    assert not TrainingFolder(trained.path.parents[1]).checkpoints.exists()


# Every three steps is the end of an epoch, every two within one.
@pytest.mark.parametrize("checkpoint_every", [3, pytest.param(2, marks=pytest.mark.slow)])
def test_a_killed_training_ends_as_an_unbroken_one_to_the_last_bit(tmp_path, unbroken, examples, checkpoint_every):
    _, expected, _ = unbroken
    train = partial(
        train_adapter, tmp_path, SFT.model_copy(update={"checkpoint_every": checkpoint_every}), MODEL, examples,
        {"no completion": 3},
    )  # fmt: skip
    with pytest.raises(TrainingError, match=r"was killed \(status 137\).*run the same command again"):
        train(Watched(kill_at=5))
    resumed = train(Watched())
    assert resumed.report.resumed_from in ([4], [3])
    assert resumed.report.losses == expected.report.losses
    assert resumed.report.held_out_after == expected.report.held_out_after
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        assert (resumed.path / name).read_bytes() == (expected.path / name).read_bytes()
    assert with_adapter(MODEL, resumed.path).identity() == with_adapter(MODEL, expected.path).identity()


@pytest.mark.slow
def test_a_training_killed_after_its_last_step_only_finishes(tmp_path, unbroken, examples):
    class WatchedToTheEnd(Watched):
        def __call__(self, progress):
            if progress.phase == "held out, after":
                self._kill_at = 9
                super().__call__(self.told[-1])
            self.told.append(progress)

    train = partial(train_adapter, tmp_path, SFT, MODEL, examples, {})
    with pytest.raises(TrainingError, match="was killed"):
        train(WatchedToTheEnd())
    watched = Watched()
    resumed = train(watched)
    assert [progress.step for progress in watched.told if progress.loss is not None] == []
    assert resumed.report.losses == unbroken[1].report.losses
    assert resumed.report.held_out_after == unbroken[1].report.held_out_after


def test_a_merged_adapter_says_what_the_adapter_says(unbroken):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = str(model_folder(EMBEDDED_MODEL))
    _, trained, _ = unbroken
    tuned = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), trained.path)
    folder = base_path(with_adapter(MODEL, trained.path))
    merged = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    ids = ChatTokens.load(folder).prompts([user("We gave aspirin to 20 adults. Question:")])
    with torch.no_grad():
        apart = tuned(torch.tensor(ids)).logits.log_softmax(-1)
        rounded = merged(torch.tensor(ids)).logits.log_softmax(-1)
        whole = tuned.merge_and_unload()(torch.tensor(ids)).logits.log_softmax(-1)
    assert torch.allclose(whole, apart, atol=1e-3)
    # The merged folder holds bfloat16, as the model does: 8 bits of each weight.
    assert (apart.exp() * (apart - rounded)).sum(-1).mean() < 0.005
    assert torch.equal(rounded.argmax(-1)[:, -1], apart.argmax(-1)[:, -1])
    rmtree(folder)


def test_dpo_raises_the_margin_of_the_pairs_that_it_saw(tmp_path, tokens):
    pairs = pl.DataFrame(
        [
            {
                "row_key": drug,
                "pmid": 40_000_000 + place,
                "prompt": user(f"We gave {drug} to {place + 20} adults. Question:"),
                "chosen": assistant(f"Does {drug} help adults?"),
                "rejected": assistant("The authors describe their own work in this paper?"),
                "margin": 0.3,
            }
            for place, drug in enumerate(DRUGS)
        ]
    )
    settings = GeneratorDpo(
        epochs=2, learning_rate=1e-3, warm_up=0.1, effective_batch=4, device_batch=2, max_length=96, held_out=0.2,
        dtype="float32",
    )  # fmt: skip
    outcome = preference_rows(pairs, tokens, settings.max_length)
    split = split_by_pmid(outcome.rows, settings.held_out)
    report = train_adapter(tmp_path, settings, MODEL, split, counted(outcome.refused), Watched()).report
    curve = report.curve()
    assert curve["loss"][0] == pytest.approx(0.6931, abs=1e-3)  # ln 2: the adapter changes nothing yet
    assert curve["margin"][0] == pytest.approx(0, abs=1e-3)
    assert curve["margin"][-1] > 1
    assert curve["accuracy"][-1] == 1
    assert curve["loss"][-1] < 0.4
    before, after = report.held_out_before, report.held_out_after
    assert (before.margin, before.pair_loss) == pytest.approx((0, 0.6931), abs=1e-3)
    assert (after.margin > 1, after.accuracy) == (True, 1)
    assert after.rejected_per_token > before.rejected_per_token


@pytest.mark.slow
def test_passages_are_packed(tmp_path, tokens):
    rows = pl.DataFrame(
        [
            {"row_key": drug, "pmid": 40_000_000 + place, "text": f"{drug} was given to {place + 20} adults. " * 6}
            for place, drug in enumerate(DRUGS)
        ]
    )
    settings = TargetCpt(
        lora=Lora(rank=4, alpha=8), epochs=2, learning_rate=2e-3, effective_batch=2, max_length=128, held_out=0.2,
        dtype="float32",
    )  # fmt: skip
    split = split_by_pmid(passage_rows(rows, tokens).rows, settings.held_out)
    report = train_adapter(tmp_path, settings, MODEL, split, {}, Watched()).report
    packed = -(-split.train["tokens"].sum() // 128)
    assert report.rows == len(split.train) == 10
    assert 2 * -(-packed // 2) <= report.steps < 2 * 10 / 2
    assert report.held_out_after.per_token < report.held_out_before.per_token
    assert report.held_out_after.tokens == split.held_out["tokens"].sum()


@pytest.mark.slow
def test_a_loss_that_is_no_number_ends_the_training_with_a_sentence(tmp_path, examples):
    settings = SFT.model_copy(update={"learning_rate": 1e30, "warm_up": 0.0})
    with pytest.raises(TrainingError, match=r"the loss at step \d is (nan|inf); lower learning_rate \(1e\+30\)"):
        train_adapter(tmp_path, settings, MODEL, examples, {}, Watched())


def test_layers_that_the_model_does_not_have_are_named(tmp_path, examples):
    settings = SFT.model_copy(update={"lora": Lora(targets=("q_proj", "query"))})
    with pytest.raises(
        TrainingError, match=r"lora\.targets names query, which smollm2.* does not have; its linear .*up_p"
    ):
        train_adapter(tmp_path, settings, MODEL, examples, {}, Watched())


@pytest.mark.slow
def test_two_processes_train_as_one(tmp_path, examples):
    # Eight rows are two whole steps; to fill a last one, processes would repeat rows.
    examples = Split(examples.train.head(8), examples.held_out)
    still = SFT.model_copy(update={"lora": Lora(dropout=0.0), "most_steps": 4, "max_length": 96})
    one, two = (
        train_adapter(
            tmp_path / str(count), still.model_copy(update={"processes": count}), MODEL, examples, {}, Watched()
        ).report
        for count in (1, 2)
    )
    assert (one.processes, two.processes) == (1, 2)
    assert two.curve()["loss"].to_list() == pytest.approx(one.curve()["loss"].to_list(), rel=1e-3)
    assert two.held_out_after.tokens == one.held_out_after.tokens
    assert two.held_out_after.per_token == pytest.approx(one.held_out_after.per_token, rel=1e-2)
