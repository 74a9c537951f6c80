# Every command that a person needs. Each target does its own set-up: the first
# call makes the environment in .venv, later ones find it there.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

STACK ?= tfx-1.21
PYTEST_WORKERS ?= 2
PYTEST_ARGS ?=
UPGRADE ?=
FUZZ_SECONDS ?= 60
BENCH_ARGS ?=
IMAGE ?= tidegate
BASE_DIGEST ?=

BOOTSTRAP_PYTHON ?= $(firstword $(foreach name,\
	python3 python3.13 python3.12 python3.11 python3.10,\
	$(shell $(name) -c "import sys; sys.exit(sys.version_info < (3, 8))" \
		2>/dev/null && command -v $(name))))
ANY_PYTHON := $(or $(BOOTSTRAP_PYTHON),$(error No Python 3.8 or newer is on PATH. \
	Fix: install python3 from your system's packages, then run make again))
IN_VENV = python="$$($(ANY_PYTHON) scripts/bootstrap.py --print-python)"; "$$python"
SOURCES = setup.py components scripts tests $(wildcard pipelines) \
	$(wildcard benchmarks) $(wildcard fuzz)

.PHONY: help
help: ## Show every command
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

.PHONY: setup
setup: ## Make the environment of the newest stack that this machine can run
	@$(ANY_PYTHON) scripts/bootstrap.py

.PHONY: demo
demo: ## Train on clean flights and push; then stop on a month with faults
	@$(IN_VENV) scripts/demo.py

.PHONY: kubeflow-demo
kubeflow-demo: ## Compile for Kubeflow and Vertex AI, see the plan, and run the spec
	@$(IN_VENV) scripts/kubeflow_demo.py

.PHONY: test
test: lint types guards lock-check ## Lint, types, guards and all tests on this machine's stack
	@$(IN_VENV) -m pytest -n $(PYTEST_WORKERS) --dist loadfile $(PYTEST_ARGS)

.PHONY: lint
lint: ## Look for faults of style and order
	@$(IN_VENV) -m ruff check $(SOURCES)
	@$(IN_VENV) -m ruff format --check $(SOURCES)

.PHONY: format
format: ## Put the sources in order
	@$(IN_VENV) -m ruff check --fix $(SOURCES)
	@$(IN_VENV) -m ruff format $(SOURCES)

.PHONY: types
types: ## Check the types, strictly
	@$(IN_VENV) -m mypy $(filter-out tests,$(SOURCES))

.PHONY: guards
guards: ## Check the rules of the house
	@$(IN_VENV) scripts/guards

.PHONY: catalogue
catalogue: ## Write the page and the JSON Schema of the data tests
	@$(IN_VENV) scripts/write_catalogue.py

.PHONY: bench-check
bench-check: ## Time `tidegate check` against stock TFX, and how it grows
	@$(IN_VENV) benchmarks/check_speed.py --write
	@$(IN_VENV) benchmarks/check_scale.py --write

.PHONY: bench
bench: ## Time the flights pipeline against stock TFX (BENCH_ARGS='--rounds 3 --write')
	@$(IN_VENV) benchmarks/pipeline_speed.py $(BENCH_ARGS)

.PHONY: bench-detection
bench-detection: ## Hold drift detection against other tools, on 23 data sets (some hours; BENCH_ARGS='--data flights')
	@$(IN_VENV) benchmarks/detection.py $(BENCH_ARGS)

.PHONY: bench-scale
bench-scale: ## Time the columnar components on 1, 8 and 64 times the flights
	@$(IN_VENV) benchmarks/pipeline_scale.py $(BENCH_ARGS)

.PHONY: fuzz
fuzz: ## Throw damaged input at every parser (FUZZ_SECONDS=60 each)
	@$(IN_VENV) -c 'import glob, subprocess, sys; [subprocess.run([sys.executable, \
	one, "--seconds", "$(FUZZ_SECONDS)"], check=True) for one in \
	sorted(glob.glob("fuzz/fuzz_*.py"))]'

.PHONY: lock
lock: ## Write the locks from setup.py (UPGRADE=1 takes newer versions)
	@uv="$$($(ANY_PYTHON) scripts/bootstrap.py --print-uv)"; \
		$(ANY_PYTHON) scripts/lock.py --uv "$$uv" $(if $(UPGRADE),--upgrade)

.PHONY: lock-check
lock-check: ## Tell whether a lock is stale, offline
	@$(ANY_PYTHON) scripts/lock.py --check

.PHONY: wheel
wheel: ## Build the wheel into dist/
	@rm -rf build
	@$(IN_VENV) -m build --no-isolation --wheel .

.PHONY: doctor
doctor: ## Show stack, versions and what is missing, with fixes
	@$(IN_VENV) -c "from tidegate.cli.main import main; main()" doctor

.PHONY: test-stack
test-stack: ## Run `make test` on a named stack (STACK=tfx-1.21), in a Debian 13 root if need be
	@$(ANY_PYTHON) scripts/run_stack.py $(STACK)

.PHONY: image-steps
image-steps: ## Run the steps of the container image in the Debian 13 root
	@$(ANY_PYTHON) scripts/run_stack.py --image-steps

.PHONY: image
image: ## Build the container image (IMAGE=name:tag BASE_DIGEST=sha256:…), with docker
	@test -n "$(BASE_DIGEST)" || { echo "✗ say BASE_DIGEST=sha256:…, the digest of \
	python:3.13-slim-trixie" >&2; exit 2; }
	@docker build -f kubeflow/Dockerfile --build-arg BASE_DIGEST="$(BASE_DIGEST)" \
		-t "$(IMAGE)" .

.PHONY: clean
clean: ## Remove environments, caches and what was built
	@rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@rm -rf components/*.egg-info
