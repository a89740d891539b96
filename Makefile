# Two commands do all the set-up: `make distill` and `make test`. Each makes its own .venv, once.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv

.PHONY: help distill ui test test-slow check install develop clean

help:
	@echo "make distill   distil the embedded sample of PubMed into a dataset under data/"
	@echo "make ui        Prefect UI, worker and deployments on 127.0.0.1:4200"
	@echo "make test      lint, types and tests"
	@echo "make test-slow more trainings"
	@echo "make clean     remove .venv (data/ stays)"

install:
	@$(PYTHON) requirements/install.py $(VENV)

develop:
	@$(PYTHON) requirements/install.py $(VENV) --dev

distill: install
	$(VENV)/bin/distillery distill

ui: install
	$(VENV)/bin/distillery ui

check: develop
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

test: check
	$(VENV)/bin/pytest -m "not slow" -n 2 --dist loadscope

test-slow: check
	$(VENV)/bin/pytest -m slow

clean:
	rm -rf $(VENV)
