.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO_ARGS ?=
# Tests start hundreds of processes: what they import is compiled once, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help venv kafka demo test test-long quick types lint format bench bench-worker calibrate calibrate-fleet schemas lock clean

help: ## list these tasks
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(STAMP) ## make .venv with .venv/bin/overheal, from constraints.txt

$(STAMP): pyproject.toml constraints.txt
	@tools/make-venv "$(PYTHON)" "$(VENV)"
	@touch $@

kafka: $(STAMP) ## fetch the Kafka broker that tests run against, where Java and Maven are
	@tools/kafka-jars $(VENV)/kafka
	@$(BIN)/python -m tests.support.class_archive || echo "Brokers will start slower: see above." >&2

demo: $(STAMP) ## judge forty recorded minutes of a real Kubernetes control plane
	@$(BIN)/overheal demo $(DEMO_ARGS)

test: $(STAMP) kafka ## every check and test that fits into minutes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory -j2 types quick

# A third of what tests take they wait: three at a time keep two cores busy.
quick:
	@$(BIN)/pytest -m "not slow" -n 3 --dist loadscope

types:
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test-long: $(STAMP) kafka ## the slow fault and calibration runs
	@$(BIN)/pytest -m slow

lint: $(STAMP) ## style, types and import direction
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory types

format: $(STAMP) ## rewrite the code in the one style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(STAMP) ## events a second and memory, beside what the libraries reach alone
	@$(BIN)/python benchmarks/throughput.py

bench-worker: $(STAMP) kafka ## the worker beside Faust, its latency, memory and where its time goes
	@$(BIN)/python -m benchmarks.worker.throughput --two
	@$(BIN)/python -m benchmarks.worker.latency
	@$(BIN)/python -m benchmarks.worker.memory
	@$(BIN)/python -m benchmarks.worker.takeover
	@$(BIN)/python -m benchmarks.worker.settings
	@$(BIN)/python -m benchmarks.worker.profiled

calibrate: $(STAMP) ## false alarms and power of masked_degradation, into docs/calibration/
	@$(BIN)/python -m benchmarks.calibration > docs/calibration/masked_degradation.md

calibrate-fleet: $(STAMP) ## every detector against simulated fleets, into docs/calibration/fleet.md
	@mkdir -p docs/calibration
	@$(BIN)/python -m benchmarks.fleet_calibration --pictures docs/pictures > docs/calibration/fleet.md

schemas: $(STAMP) ## write schemas/ anew from the one definition
	@$(BIN)/python tools/schemas.py schemas

lock: ## choose versions anew: constraints.txt from pyproject.toml
	@tools/lock "$(PYTHON)"

clean: ## remove what was made here
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
