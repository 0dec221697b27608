# Each target sees to what it needs; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run train test check fuzz eval bench baseline screenshots setup
SHELL := /bin/sh
PYTHON := .venv/bin/python
# Without compiled bytecode Rasa takes three times as long to start.
unexport PYTHONDONTWRITEBYTECODE

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

run: train ## start the helpline: pages, Rasa, action server; Ctrl-C stops it
	@exec $(PYTHON) -m bot serve

train: setup ## train the model, if cards, data or configuration have changed
	@exec $(PYTHON) -m bot train

test: setup ## every test: make check, then the real model, servers and browser, one at a time because they measure time
	@scripts/test-tools.sh
	@$(MAKE) --no-print-directory check
	@$(PYTHON) -m bot train
	@exec $(PYTHON) -m pytest -m slow

check: setup ## lint, types, content and the fast tests, in a few minutes
	@scripts/lint.sh
	@exec $(PYTHON) -m pytest -m "not slow" -n auto

fuzz: setup ## feed the gateway and the content check with 10,000 random inputs of each kind: takes an hour or so
	@exec env FUZZ_INPUTS=10000 $(PYTHON) -m pytest tests/fuzz -s

eval: train ## measure the answers; writes docs/benchmarks.md
	@exec $(PYTHON) -m benchmarks.evaluate

bench: setup ## measure speed and memory; writes docs/benchmarks.md
	@exec $(PYTHON) -m benchmarks.bench

baseline: setup ## train Rasa's default pipeline on the same cards, for make eval and make bench: takes about an hour
	@exec $(PYTHON) -m rasa train --config benchmarks/default_pipeline/config.yml --domain domain.yml --data data --out var/baseline --fixed-model-name default

screenshots: setup ## take the pictures in docs/screenshots/ anew; needs Chromium
	@exec $(PYTHON) -m tests.e2e.screenshots

setup:
	@scripts/setup.sh
