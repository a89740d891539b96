from flows.summary import summarise, summarise_stages
from mesh.branch import Branch
from tasks.serving.spending import Limits
from tasks.store.reference import LlmUsage, StageResult, TableRef


def result(stage: str, rows: int) -> StageResult:
    ref = TableRef(table=f"{stage}/x", rows=rows, fingerprint="f")
    usage = LlmUsage(requests=rows, prompt_tokens=2 * rows)
    return StageResult(stage=stage, ref=ref, computed=rows, reused=0, dropped=1, seconds=0.5, usage=usage)


RESULTS = [result("questions", 2), result("questions", 3)]
COUNTS = {"rows": 5, "computed": 5, "reused": 0, "dropped": 2, "seconds": 1.0, "tokens": 10}
USAGE = {"requests": 5, "prompt_tokens": 10, "completion_tokens": 0}


def test_the_summary_adds_up_stages_that_ran_several_times():
    summary = summarise(Branch(("C04",), "Neoplasms"), RESULTS, Limits(), "d", "r")
    assert summary["stages"] == {"questions": COUNTS}
    assert summary["llm"] == USAGE


def test_the_summary_says_costs_where_prices_are_given():
    summary = summarise_stages(RESULTS, Limits(prompt_price=3.0, completion_price=1.0))
    assert summary["stages"] == {"questions": {**COUNTS, "cost": 0.00003}}
    assert summary["llm"] == {**USAGE, "cost": 0.00003}
