# Every habit of this project is a target here; `make` lists them. They need Python 3.11 or later, and npm where it is.

PYTHON ?= python3
BIN := .venv/bin
# The locks are complete, so pip has nothing to resolve (and stumbles over an extra of SAM's where it tries).
PIP_INSTALL := -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes --no-deps
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header $(if $(UPGRADE),--upgrade)

# The releases of Prefect Core that the tests run, unmodified: the first and the last one of each dialect in full.
RELEASES := 0.8.1 0.12.6 0.15.13 1.4.1
CLIENTS := $(RELEASES:%=.venvs/prefect-%/.installed)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

##@ Use

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { print "\n" substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: .venv/.run-installed $(if $(filter memory,$(STORE)),,node_modules/.installed) ## Serve on http://127.0.0.1:4200 until Ctrl-C (PORT, HOST, DATA, STORE=dynoxide|memory)
	@PYTHONPATH=src exec $(BIN)/python -m local_server

##@ Check

.PHONY: test
test: .venv/.dev-installed node_modules/.installed $(CLIENTS) ## Run all tests, a process for each core (ARGS="-k name" for some, PROCESSES=0 for one)
	@$(BIN)/pytest --numprocesses $(or $(PROCESSES),auto) --dist loadfile $(ARGS)

.PHONY: test-properties
test-properties: .venv/.dev-installed node_modules/.installed ## Try twenty times as many generated queries, in ten minutes (EXAMPLES=100 for more)
	@EXAMPLES=$(or $(EXAMPLES),20) $(BIN)/pytest $(shell grep -rl "import examples" tests --include="test_*.py") $(ARGS)

.PHONY: test-faults
test-faults: .venv/.dev-installed node_modules/.installed ## Lose answers and kill servers for longer than `make test` does (SECONDS=600 SEED=7)
	@PYTHONPATH=src:. $(BIN)/python -m tests.faults --seconds $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED))

.PHONY: check
check: lint types imports sam test ## Run everything that CI runs

.PHONY: lint
lint: .venv/.dev-installed ## Check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: format
format: .venv/.dev-installed ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: types
types: .venv/.dev-installed ## Check types
	$(BIN)/mypy

.PHONY: imports
imports: .venv/.dev-installed ## Check that imports go one way
	PYTHONPATH=src $(BIN)/lint-imports

.PHONY: sam
sam: export SAM_CLI_TELEMETRY := 0
sam: .venvs/sam/.installed ## Validate and build what is deployed to AWS
	.venvs/sam/bin/sam validate --lint
	.venvs/sam/bin/sam build

# Every environment that a benchmark compares with has a lock of its own.
BENCH_VENVS := $(patsubst %,.venvs/%/.installed,bench-libraries prefect-0.8.1 prefect-1.4.1 prefect-3)

.PHONY: bench
bench: .venv/.dev-installed node_modules/.installed $(BENCH_VENVS) ## Run all benchmarks and say which goals are missed (ARGS="--only cost growth")
	@PYTHONPATH=src:. $(BIN)/python -m bench $(ARGS)

.PHONY: bench-cold-start
bench-cold-start: .venv/.dev-installed node_modules/.installed ## Measure a cold start, and weigh what is deployed (ARGS="--rounds 15")
	@PYTHONPATH=src:. $(BIN)/python -m bench.cold_start $(ARGS)

.PHONY: bench-capacity
bench-capacity: .venv/.dev-installed node_modules/.installed ## Measure what each operation consumes in DynamoDB
	@PYTHONPATH=src:. $(BIN)/python -m bench.capacity $(ARGS)

.PHONY: bench-cost
bench-cost: .venv/.dev-installed node_modules/.installed ## Reckon dollars per million runs (ARGS="--lifecycle FILE", of bench-lifecycle's --json)
	@PYTHONPATH=src:. $(BIN)/python -m bench.cost $(ARGS)

.PHONY: bench-growth
bench-growth: .venv/.dev-installed node_modules/.installed ## Measure operations as stored runs grow (ARGS="--sizes 1000 1000000")
	@PYTHONPATH=src:. $(BIN)/python -m bench.growth $(ARGS)

.PHONY: bench-reads
bench-reads: .venv/.dev-installed node_modules/.installed ## Measure lists as stored runs grow (ARGS="--sizes 10000 100000")
	@PYTHONPATH=src:. $(BIN)/python -m bench.reads $(ARGS)

.PHONY: bench-heat
bench-heat: .venv/.dev-installed ## Draw a second of heavy load over the partition keys (ARGS="--shards 16 --creations 5000")
	@PYTHONPATH=src:. $(BIN)/python -m bench.heat $(ARGS)

.PHONY: bench-recovery
bench-recovery: .venv/.dev-installed node_modules/.installed ## Measure what a tick of recovery costs (ARGS="--runs 1000")
	@PYTHONPATH=src:. $(BIN)/python -m bench.recovery $(ARGS)

.PHONY: bench-cpu
bench-cpu: .venv/.dev-installed node_modules/.installed .venvs/bench-libraries/.installed ## Measure the CPU of a request by layer, and beside other GraphQL libraries
	@PYTHONPATH=src:. $(BIN)/python -m bench.handler_cpu $(ARGS)

.PHONY: bench-lifecycle
bench-lifecycle: .venv/.dev-installed node_modules/.installed .venvs/prefect-0.8.1/.installed .venvs/prefect-1.4.1/.installed ## Measure a whole run of ten tasks by released agents (ARGS="--json FILE")
	@PYTHONPATH=src:. $(BIN)/python -m bench.lifecycle $(ARGS)

.PHONY: bench-server
bench-server: .venv/.dev-installed node_modules/.installed .venvs/prefect-3/.installed ## Measure the server beside that of Prefect 3 (ARGS="--seconds 6")
	@PYTHONPATH=src:. $(BIN)/python -m bench.server $(ARGS)

##@ Maintain

.PHONY: lock
lock: .venv/.dev-installed ## Compile requirements/*.txt anew (UPGRADE=1 takes newer releases)
	$(UV_COMPILE) requirements/lambda.in -o requirements/lambda.txt
	$(UV_COMPILE) requirements/run.in -o requirements/run.txt
	$(UV_COMPILE) requirements/dev.in -o requirements/dev.txt
	$(UV_COMPILE) requirements/sam.in -o requirements/sam.txt
	$(UV_COMPILE) requirements/bench-libraries.in -o requirements/bench-libraries.txt
	@set -e; for release in $(RELEASES); do overrides=; \
		case $$release in 0.8.1|0.12.6) overrides="--override requirements/prefect-0.8.1.overrides";; esac; \
		$(UV_COMPILE) requirements/prefect-$$release.in $$overrides -o requirements/prefect-$$release.txt; done
	$(UV_COMPILE) requirements/prefect-3.in -o requirements/prefect-3.txt
	cp requirements/lambda.txt src/requirements.txt

.PHONY: clean
clean: ## Remove what the other targets made, except the data in .data
	rm -rf .venv .venvs node_modules .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .cache

# --- What the targets need. A stamp in each folder says that it holds what the lock pins.

# $(call venv,FOLDER) makes an empty virtual environment unless there is one.
define venv
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo "Python 3.11 or later is needed, but $(PYTHON) is $$($(PYTHON) --version 2>&1 || true). Name another: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
@test -x $(1)/bin/pip || $(PYTHON) -m venv --clear $(1) || \
	{ echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu install python3-venv." >&2; exit 1; }
endef

.venv/.run-installed: requirements/run.txt
	$(call venv,.venv)
	@echo "Installing the server's libraries into .venv (the first time takes about a minute) ..."
	@$(BIN)/python $(PIP_INSTALL) -r $<
	@touch $@

# These contain the server's, so that the order of the two does not matter.
.venv/.dev-installed: requirements/dev.txt
	$(call venv,.venv)
	@echo "Installing the libraries of server and tests into .venv (the first time takes a minute or two) ..."
	@$(BIN)/python $(PIP_INSTALL) -r $<
	@touch $@ .venv/.run-installed

.venvs/sam/.installed: requirements/sam.txt
	$(call venv,.venvs/sam)
	@echo "Installing AWS SAM into .venvs/sam (the first time takes a minute or two) ..."
	@.venvs/sam/bin/python $(PIP_INSTALL) -r $<
	@touch $@

.venvs/prefect-3/.installed: requirements/prefect-3.txt
	$(call venv,.venvs/prefect-3)
	@echo "Installing the server of Prefect 3 into .venvs/prefect-3 (the first time takes a minute) ..."
	@.venvs/prefect-3/bin/python $(PIP_INSTALL) -r $<
	@touch $@

.venvs/bench-libraries/.installed: requirements/bench-libraries.txt
	$(call venv,.venvs/bench-libraries)
	@echo "Installing other GraphQL libraries into .venvs/bench-libraries (the first time takes half a minute) ..."
	@.venvs/bench-libraries/bin/python $(PIP_INSTALL) -r $<
	@touch $@

.venvs/prefect-%/.installed: requirements/prefect-%.txt
	$(call venv,.venvs/prefect-$*)
	@echo "Installing the unmodified client prefect $* into .venvs/prefect-$* (the first time takes a minute) ..."
	@.venvs/prefect-$*/bin/python $(PIP_INSTALL) -r $<
	@for file in $(wildcard tests/e2e/prefect_$(subst .,_,$*)/sitecustomize.py); do \
		cp $$file "$$(.venvs/prefect-$*/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"; done
	@touch $@

# What 0.8.1 needs to know about today's Python lies in its environment.
.venvs/prefect-0.8.1/.installed: tests/e2e/prefect_0_8_1/sitecustomize.py

# Without npm, and without a network for it, the server and the tests say what they miss.
node_modules/.installed: package.json package-lock.json
	@if command -v npm >/dev/null; then \
		scripts/install-node-packages && touch $@ || echo "npm failed: going on without its packages." >&2; fi
