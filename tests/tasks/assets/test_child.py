"""Work in a process of its own: how it fails, and that it ends with its run."""

import time

import pytest

from tasks.assets.child import ChildError, run_module
from tasks.stopping import Stopped


def module_that(tmp_path, monkeypatch, program: str) -> str:
    (tmp_path / "told.py").write_text(program)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "told"


def test_the_last_line_of_a_failure_is_told_without_keys(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_Hidden1234")
    module = module_that(tmp_path, monkeypatch, "import os, sys; sys.exit('first\\nno, ' + os.environ['HF_TOKEN'])")
    with pytest.raises(ChildError, match=r"^no, \*\*\*$"):
        run_module(module, stopping=lambda: False)


def test_keys_that_are_not_the_hub_s_are_not_handed_on(tmp_path, monkeypatch):
    monkeypatch.setenv("DISTILLERY_API_KEY", "sk-hidden-1234")
    module = module_that(tmp_path, monkeypatch, "import os, sys; sys.exit(str('DISTILLERY_API_KEY' in os.environ))")
    with pytest.raises(ChildError, match=r"^False$"):
        run_module(module, stopping=lambda: False)


def test_a_child_ends_when_its_run_does(tmp_path, monkeypatch):
    mark = tmp_path / "mark"
    program = f"import time, pathlib\nwhile True:\n pathlib.Path({str(mark)!r}).touch(); time.sleep(0.01)"
    module = module_that(tmp_path, monkeypatch, program)
    with pytest.raises(Stopped):
        run_module(module, stopping=mark.exists)
    time.sleep(0.1)
    mark.unlink()
    time.sleep(0.2)
    assert not mark.exists()


def test_it_is_looked_at_while_it_runs_and_when_it_is_done(tmp_path, monkeypatch):
    seen = []
    run_module(module_that(tmp_path, monkeypatch, ""), stopping=lambda: False, watch=lambda: seen.append(1))
    assert seen
