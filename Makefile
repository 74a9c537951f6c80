# Every command that a person needs. Each target does its own set-up: the first
# call makes the environment in .venv, later ones find it there.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The variables of builds reach scripts/delivery in the environment, as they were given:
# no recipe has them in it for a shell, and `value` keeps make from expanding a `$(…)` in
# them, as it would where it exports what a command line says. They stand before any
# $(shell …), to which make 4.4 exports, too.
override export CACHE := $(value CACHE)
override export BUILDER := $(value BUILDER)
override export BUILDS := $(value BUILDS)
override export COMMIT := $(value COMMIT)
override export VERSION := $(value VERSION)
override export IMAGE := $(value IMAGE)
override export IMAGE_FILE := $(value IMAGE_FILE)
override export CODE_VERSION := $(value CODE_VERSION)
override export SOURCE := $(value SOURCE)
override export BASE_DIGEST := $(value BASE_DIGEST)
override export BASE := $(value BASE)
override export BRANCH := $(value BRANCH)
override export MAIN_SPECS := $(value MAIN_SPECS)
override export DATA := $(value DATA)
override export SPEC := $(value SPEC)
override export RUN := $(value RUN)
override export KFP_HOST := $(value KFP_HOST)
override export KFP_ENV := $(value KFP_ENV)

STACK ?= tfx-1.21
PYTEST_WORKERS ?= 2
PYTEST_ARGS ?=
UPGRADE ?=
FUZZ_SECONDS ?= 60
BENCH_ARGS ?=
OSV_URL ?=
SIGN_KEY ?=
PUBLIC_KEY ?=
# What is built of a commit bears the commit's time, so that building it again
# gives the same bytes. (1980 is the earliest that a wheel can bear.)
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),315532800)

BOOTSTRAP_PYTHON ?= $(firstword $(foreach name,\
	python3 python3.13 python3.12 python3.11 python3.10,\
	$(shell $(name) -c "import sys; sys.exit(sys.version_info < (3, 8))" \
		2>/dev/null && command -v $(name))))
ANY_PYTHON := $(or $(BOOTSTRAP_PYTHON),$(error No Python 3.8 or newer is on PATH. \
	Fix: install python3 from your system's packages, then run make again))
IN_VENV = python="$$($(ANY_PYTHON) scripts/bootstrap.py --print-python)"; "$$python"
IN_TOOLS = python="$$($(ANY_PYTHON) scripts/supply/environment.py)"; "$$python"
SOURCES = setup.py components scripts tests $(wildcard pipelines) \
	$(wildcard benchmarks) $(wildcard fuzz)

.PHONY: help
help: ## Show every command
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

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
test: lint types guards lock-check unit-tests ## Lint, types, guards and all tests on this machine's stack

.PHONY: unit-tests
unit-tests: ## All tests by themselves (PYTEST_ARGS='-m "not slow"')
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
guards: cloudbuild-check ## Check the rules of the house
	@$(IN_VENV) scripts/guards

.PHONY: cloudbuild-check
cloudbuild-check: ## Check build, trigger and Terraform files (CLOUDBUILD_FILES='…' for some)
	@$(IN_VENV) scripts/cloudbuild check $(CLOUDBUILD_FILES)

.PHONY: cloudbuild-test
cloudbuild-test: cloudbuild-check ## Run the three builds here, and show what broken files get (CLOUDBUILD_ARGS=--whole)
	@$(IN_VENV) scripts/cloudbuild_test.py $(CLOUDBUILD_ARGS)

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

.PHONY: search
search: ## Run the property tests on examples that no run has had (PYTEST_ARGS=tests/columnar)
	@$(IN_VENV) -m pytest -n $(PYTEST_WORKERS) --dist loadfile -m hypothesis \
		--hypothesis-profile=searching $(PYTEST_ARGS)

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
wheel: ## Build the wheel into dist/, the same bytes from the same commit (SIGN_KEY=key.pem signs it)
	@rm -rf build/lib build/bdist.* dist/*.whl dist/*.whl.sig
	@umask 022; export SOURCE_DATE_EPOCH="$(SOURCE_DATE_EPOCH)"; \
		$(IN_VENV) -m build --no-isolation --wheel .
	@test -z "$(SIGN_KEY)" || $(MAKE) sign

.PHONY: sign
sign: ## Sign the wheels of dist/ (SIGN_KEY=key.pem, a private key's file)
	@$(IN_TOOLS) scripts/supply sign --key "$(SIGN_KEY)"

.PHONY: verify-wheel
verify-wheel: ## Verify the signatures of dist/ (PUBLIC_KEY=key.pub)
	@$(IN_TOOLS) scripts/supply verify --public-key "$(PUBLIC_KEY)"

.PHONY: sbom
sbom: ## Write the bills of materials of image and wheel into build/sbom/
	@export SOURCE_DATE_EPOCH="$(SOURCE_DATE_EPOCH)"; $(IN_TOOLS) scripts/supply sbom

.PHONY: audit
audit: ## Look up every locked version among the known advisories (OSV_URL=…)
	@$(IN_TOOLS) scripts/supply audit --osv-url "$(OSV_URL)"

.PHONY: workflow-check
workflow-check: ## Check the workflows of GitHub: schema, pins, rights, make targets
	@$(IN_TOOLS) scripts/supply workflows

.PHONY: advisories
advisories: ## Write the table of known advisories into SECURITY.md
	@$(IN_TOOLS) scripts/supply page

.PHONY: doctor
doctor: ## Show stack, versions and what is missing, with fixes
	@$(IN_VENV) -c "from tidegate.cli.main import main; main()" doctor

.PHONY: test-stack
test-stack: ## Run `make test` on a named stack (STACK=tfx-1.21), in a Debian 13 root if need be
	@$(ANY_PYTHON) scripts/run_stack.py $(STACK)

.PHONY: image-steps
image-steps: ## Run the steps of the container image in the Debian 13 root
	@$(ANY_PYTHON) scripts/run_stack.py --image-steps

.PHONY: env-restore
env-restore: ## Take the environment of a build from CACHE, where one is kept (BUILDER=image)
	@$(ANY_PYTHON) scripts/delivery env-restore

.PHONY: env-save
env-save: ## Keep the environment of a build in CACHE (BUILDER=image)
	@$(ANY_PYTHON) scripts/delivery env-save

.PHONY: data-tests
data-tests: ## Hold a sample of real flights against their suite; report in build/data-tests/
	@$(IN_VENV) scripts/delivery data-tests

.PHONY: specs
specs: ## Compile every pipeline for every environment into build/specs/ (IMAGE=name@sha256:…)
	@$(IN_VENV) scripts/delivery specs

.PHONY: plan
plan: ## Say what changes in the compiled pipelines (BASE=origin/main MAIN_SPECS=gs://…), also in build/plan.md
	@$(IN_VENV) scripts/delivery plan

.PHONY: smoke
smoke: ## Run build/specs/flights.dev.yaml on a sample, to a pushed model
	@$(IN_VENV) scripts/delivery smoke

.PHONY: image
image: ## Build the container image with docker (IMAGE=name:tag, or IMAGE=name CODE_VERSION=commit)
	@$(ANY_PYTHON) scripts/delivery image

.PHONY: image-push
image-push: ## Push the image and write its digest to build/image.txt (as `make image`)
	@$(ANY_PYTHON) scripts/delivery image-push

.PHONY: image-check
image-check: ## Start the image of build/image.txt without network; it says what is in it
	@$(ANY_PYTHON) scripts/delivery image-check

.PHONY: images-refresh
images-refresh: ## Say what the tags of kubeflow/images.yaml mean today
	@$(ANY_PYTHON) scripts/delivery images-refresh

.PHONY: record
record: ## Write down once what a commit was built to (BUILDS=gs://… COMMIT=…)
	@$(IN_VENV) scripts/delivery record

.PHONY: keep-specs
keep-specs: ## Keep the recorded specs for plans of pull requests (MAIN_SPECS=gs://… COMMIT=… BRANCH=main)
	@$(IN_VENV) scripts/delivery keep-specs

.PHONY: submit
submit: ## Submit a run, once (SPEC=build/specs/flights.dev.yaml KFP_HOST=… RUN=name)
	@$(IN_VENV) scripts/delivery submit

.PHONY: build-record
build-record: ## Fetch and verify what main built of a commit (BUILDS=… COMMIT=… IMAGE=name)
	@$(ANY_PYTHON) scripts/delivery build-record

.PHONY: promote-image
promote-image: ## Give a recorded image its version in the registry (COMMIT=… VERSION=v1.2.0)
	@$(ANY_PYTHON) scripts/delivery promote-image

.PHONY: promote-specs
promote-specs: ## Upload the recorded specs as a version (COMMIT=… VERSION=… KFP_HOST=…)
	@$(IN_VENV) scripts/delivery promote-specs

.PHONY: promote
promote: build-record promote-image promote-specs ## All three (BUILDS=… COMMIT=… VERSION=… IMAGE=name KFP_HOST=…)

.PHONY: clean
clean: ## Remove environments, caches and what was built
	@rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@rm -rf components/*.egg-info
