# Every habit of this project is a target here; `make` lists them. They need Python 3.11 or later, and npm where it is.

PYTHON ?= python3
BIN := .venv/bin
# The locks are complete, so there is nothing to resolve (and pip stumbles over an extra of SAM's where it tries).
LOCKED := --require-hashes --no-deps
PIP_INSTALL := -m pip install --quiet --quiet --disable-pip-version-check --no-input $(LOCKED)
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header $(if $(UPGRADE),--upgrade)

# The releases of Prefect Core that the tests run, unmodified: the first and the last one of each dialect in full.
RELEASES := 0.8.1 0.12.6 0.15.13 1.4.1
CLIENTS := $(RELEASES:%=.venvs/prefect-%/.installed)

# Tests start hundreds of processes. Where this variable is set, each of them compiles all of its modules anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

##@ Use

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { print "\n" substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile bench/Makefile

.PHONY: run
run: .venv/.run-installed $(if $(filter memory,$(STORE)),,node_modules/.installed) ## Serve on http://127.0.0.1:4200 until Ctrl-C (PORT, HOST, DATA, STORE=dynoxide|memory)
	@PYTHONPATH=src exec $(BIN)/python -m local_server

##@ Check

# What the tests need. The server's libraries are in the same folder as theirs, so those are no part of it.
NEEDED := .venv/.dev-installed node_modules/.installed console/node_modules/.installed .venvs/chromium/.installed $(CLIENTS)

.PHONY: install
install: $(NEEDED) .venvs/sam/.installed .venvs/checkov/.installed ## Install all that `make check` needs (--jobs=4 for several at once)

.PHONY: test
test: $(NEEDED) ## Run all tests, in a process more than there are cores (ARGS="-k name" for some, PROCESSES=0 for one)
	@$(BIN)/pytest --numprocesses $(or $(PROCESSES),$$(( $$(getconf _NPROCESSORS_ONLN) + 1 ))) $(ARGS)

.PHONY: test-properties
test-properties: .venv/.dev-installed node_modules/.installed ## Try forty times as many generated queries, in ten minutes (EXAMPLES=100 for more)
	@EXAMPLES=$(or $(EXAMPLES),20) $(BIN)/pytest $(shell grep -rl "from tests.examples import" tests --include="test_*.py") $(ARGS)

.PHONY: test-faults
test-faults: .venv/.dev-installed node_modules/.installed ## Lose responses and kill servers for longer than `make test` does (SECONDS=600 SEED=7)
	@PYTHONPATH=src:. $(BIN)/python -m tests.faults --seconds $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED))

.PHONY: test-bench
test-bench: .venv/.dev-installed node_modules/.installed ## Run the tests of the benchmarks (ARGS="-k name" for some)
	@$(MAKE) --no-print-directory -C bench test

.PHONY: mutate
mutate: .venv/.dev-installed node_modules/.installed ## Change the code in many places, and say which changes no test notices (ARGS="--module src/domain --count 60 --seed 7")
	@$(BIN)/python -m scripts.mutate $(ARGS)

.PHONY: check
check: check-static test ## Run everything that CI runs

.PHONY: check-static
check-static: lint types imports sam scan test-bench check-console ## Run what CI runs but for the tests of the product (--jobs=4 for several at once)

.PHONY: lint
lint: .venv/.dev-installed ## Check style and formatting; ruff applies to bench/ the settings that lie there
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: format
format: .venv/.dev-installed console/node_modules/.installed ## Format the code and mend what ruff and biome can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(call if-npm,npm --prefix console run --silent format)

.PHONY: check-console
check-console: console/node_modules/.installed ## Check style and types of the console, and run its unit tests
	$(call if-npm,npm --prefix console run --silent check)

.PHONY: types
types: .venv/.dev-installed ## Check types, also those of bench/
	$(BIN)/mypy
	@$(MAKE) --no-print-directory -C bench types

.PHONY: imports
imports: .venv/.dev-installed ## Check that imports go one way
	PYTHONPATH=src $(BIN)/lint-imports

.PHONY: sam
sam: export SAM_CLI_TELEMETRY := 0
sam: .venvs/sam/.installed ## Validate and build what is deployed to AWS
	.venvs/sam/bin/sam validate --lint
	.venvs/sam/bin/sam build

# Each exception stands in the template, beside what it is about.
.PHONY: scan
scan: .venvs/checkov/.installed ## Look for what is insecure in the template (checkov)
	.venvs/checkov/bin/checkov --file template.yaml --framework cloudformation --compact --quiet --skip-download

# The benchmarks are a project of their own, in bench/, whose Makefile has these targets.
.PHONY: bench
bench:
	@$(MAKE) --no-print-directory -C bench $@

bench-%:
	@$(MAKE) --no-print-directory -C bench $@

##@ Maintain

.PHONY: lock
lock: .venv/.dev-installed ## Compile requirements/*.txt anew (UPGRADE=1 takes newer releases)
	$(UV_COMPILE) requirements/lambda.in -o requirements/lambda.txt
	$(UV_COMPILE) requirements/run.in -o requirements/run.txt
	$(UV_COMPILE) requirements/dev.in -o requirements/dev.txt
	$(UV_COMPILE) requirements/sam.in -o requirements/sam.txt
	$(UV_COMPILE) requirements/checkov.in -o requirements/checkov.txt
	@set -e; for release in $(RELEASES); do overrides=; \
		case $$release in 0.8.1|0.12.6) overrides="--override requirements/prefect-0.8.1.overrides";; esac; \
		$(UV_COMPILE) requirements/prefect-$$release.in $$overrides -o requirements/prefect-$$release.txt; done
	@$(MAKE) --no-print-directory -C bench lock
	cp requirements/lambda.txt src/requirements.txt

.PHONY: console
console: console/node_modules/.installed ## Build the console anew, from console/ into src/console
	npm --prefix console run --silent build

.PHONY: screenshots
screenshots: $(NEEDED) ## Make the pictures of docs/console.md anew
	@PYTHONPATH=src:. $(BIN)/python -m tests.e2e.console.screenshots

.PHONY: clean
clean: ## Remove what the other targets made, except the data in .data
	rm -rf .venv .venvs node_modules console/node_modules bench/.venvs bench/.pytest_cache .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .cache

# $(call if-npm,COMMAND) runs a command if npm has brought its packages, and says so if it has not.
if-npm = @if [ -e console/node_modules/.installed ]; then $(1); \
	else echo "Skipped, because npm has not brought the console's packages: $(1)" >&2; fi

# --- What the targets need. A stamp in each folder says that it holds what the lock pins.

# $(call venv,FOLDER) makes an empty virtual environment unless there is one.
define venv
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo "Python 3.11 or later is needed, but $(PYTHON) is $$($(PYTHON) --version 2>&1 || true). Name another: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
@test -x $(1)/bin/pip || $(PYTHON) -m venv --clear $(1) || \
	{ echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu install python3-venv." >&2; exit 1; }
endef

# $(call install,FOLDER,LOCK) installs what a lock pins: by uv, which takes a fraction of pip's time, or else by pip,
# because uv reads none of pip's settings but the index that it is given here.
define install
@UV_DEFAULT_INDEX="$$($(1)/bin/python -m pip config get global.index-url 2>/dev/null)"; \
	if [ -n "$$UV_DEFAULT_INDEX" ]; then export UV_DEFAULT_INDEX; else unset UV_DEFAULT_INDEX; fi; \
	$(BIN)/uv pip install --quiet --python $(1)/bin/python $(LOCKED) -r $(2) 2>/dev/null || \
	$(1)/bin/python $(PIP_INSTALL) -r $(2)
endef

# uv has a wheel for most systems. Where it has none, pip alone does.
.venv/.uv-installed: requirements/dev.txt
	$(call venv,.venv)
	@awk '/^[^ ]/ { own = /^uv==/ } own' $< >.venv/uv.txt
	@$(BIN)/python $(PIP_INSTALL) --only-binary :all: -r .venv/uv.txt 2>/dev/null || true
	@touch $@

.venv/.run-installed: requirements/run.txt .venv/.uv-installed
	@echo "Installing the server's libraries into .venv ..."
	$(call install,.venv,$<)
	@touch $@

# These contain the server's, so that the order of the two does not matter.
.venv/.dev-installed: requirements/dev.txt .venv/.uv-installed
	@echo "Installing the libraries of server and tests into .venv ..."
	$(call install,.venv,$<)
	@touch $@ .venv/.run-installed

.venvs/checkov/.installed: requirements/checkov.txt .venv/.uv-installed
	$(call venv,.venvs/checkov)
	@echo "Installing checkov into .venvs/checkov ..."
	$(call install,.venvs/checkov,$<)
	@touch $@

.venvs/sam/.installed: requirements/sam.txt .venv/.uv-installed
	$(call venv,.venvs/sam)
	@echo "Installing AWS SAM into .venvs/sam ..."
	$(call install,.venvs/sam,$<)
	@touch $@

.venvs/prefect-%/.installed: requirements/prefect-%.txt .venv/.uv-installed
	$(call venv,.venvs/prefect-$*)
	@echo "Installing the unmodified client prefect $* into .venvs/prefect-$* ..."
	$(call install,.venvs/prefect-$*,$<)
	@for file in $(wildcard tests/e2e/prefect_$(subst .,_,$*)/sitecustomize.py); do \
		cp $$file "$$(.venvs/prefect-$*/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"; done
	@touch $@

# What 0.8.1 needs to know about today's Python lies in its environment.
.venvs/prefect-0.8.1/.installed: tests/e2e/prefect_0_8_1/sitecustomize.py

# Without npm, and without a network for it, the server and the tests say what they miss.
node_modules/.installed: package.json package-lock.json
	@if command -v npm >/dev/null; then \
		scripts/install-node-packages && touch $@ || echo "npm failed: going on without its packages." >&2; fi

# What builds, checks and tests the console. Nobody who runs or deploys it needs them.
console/node_modules/.installed: console/package.json console/package-lock.json
	@if command -v npm >/dev/null; then \
		echo "Installing what builds the console with npm into console/node_modules ..." && \
		npm ci --prefix console --loglevel=error --no-audit --no-fund --ignore-scripts && touch $@ || \
		echo "npm failed: going on without the console's packages." >&2; fi

# The real browser of the tests. Not a part of node_modules, because `make run` does without.
.venvs/chromium/.installed: tests/e2e/browser/package-lock.json
	@if command -v npm >/dev/null; then \
		scripts/install-chromium $(@D) && touch $@ || echo "npm failed: going on without Chromium." >&2; fi
