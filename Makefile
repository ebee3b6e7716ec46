# Needs make, git and python3 >= 3.11, nothing else: no Docker, no database server, no root, not even pip.
# DATABASE_URL, REDIS_URL and CELERY_BROKER_URL, where set, are used instead of the embedded services.

PYTHON3 ?= python3
VENV := .venv
PYTHON := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
CLI := $(PYTHON) -m src.cli
# Commands that need a database share the one of a running `make dev`, or start it for as long as they take.
WITH_SERVICES := $(CLI) with-services --

# Where the registry does not answer it gives up soon: `make check` goes on without it.
NPM_OF_CLIENT := cd clients/typescript && npm ci --fetch-retries=0 --fetch-timeout=20000 --loglevel=error

.DEFAULT_GOAL := help
.PHONY: help install dev run worker beat test fuzz check client client-check audit sbom check-migrations format \
	lint types imports migrate upgrade downgrade demo openapi bench lock translations clean

help: ## List every command
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Make the virtual environment from the locked requirements

$(INSTALLED): requirements/dev.txt requirements/bootstrap/install.py
	@$(PYTHON3) requirements/bootstrap/install.py $(VENV) requirements/dev.txt
	@touch $@

dev: $(INSTALLED) ## Start everything on this machine: database, API, worker, beat, demo data (PORT=8000)
	@$(CLI) dev

run: $(INSTALLED) ## Start the API alone (PORT=8000)
	@$(WITH_SERVICES) api

worker: $(INSTALLED) ## Start the Celery worker alone
	@$(WITH_SERVICES) worker

beat: $(INSTALLED) ## Start Celery beat alone
	@$(WITH_SERVICES) beat

test: $(INSTALLED) ## Run the tests in parallel (ARGS="-k hold -x")
	@$(PYTHON) -m pytest -n auto $(ARGS)

fuzz: $(INSTALLED) ## Look for new counterexamples: property and contract tests with many random examples (ARGS="tests/contract")
	@HYPOTHESIS_PROFILE=fuzz $(PYTHON) -m pytest -n auto -m hypothesis $(ARGS)

check: $(INSTALLED) ## Run all that CI runs: format, lint, types, import contracts, migrations, tests
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m ruff check
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports
	$(CLI) check-migrations
	@$(NPM_OF_CLIENT) || echo "npm is missing or can't install: the TypeScript client isn't compiled"
	$(PYTHON) -m pytest -n auto

client: $(INSTALLED) ## Build the TypeScript client from the OpenAPI document (needs npm)
	@$(NPM_OF_CLIENT)
	@$(CLI) openapi --output clients/typescript/openapi.json
	@cd clients/typescript && npm run build

client-check: client ## Click through the example page in a browser, against the real API (needs npm and chromium)
	@# Not `npm ci`: it wants every platform's builds in the lock, and registries that mirror some have none to put there.
	@cd examples/nextjs && npm install --no-save --loglevel=error
	@$(PYTHON) -m pytest -n 0 tests/clients

check-migrations: $(INSTALLED) ## Run the migrations up, compare with the models, down, up
	@$(CLI) check-migrations

format: $(INSTALLED) ## Format the code and fix what can be fixed safely
	@$(PYTHON) -m ruff format
	@$(PYTHON) -m ruff check --fix

lint: $(INSTALLED) ## Check format and lint rules
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m ruff check

types: $(INSTALLED) ## Check types (mypy --strict)
	@$(PYTHON) -m mypy

imports: $(INSTALLED) ## Check that imports follow the layers
	@$(VENV)/bin/lint-imports

migrate: $(INSTALLED) ## Write a migration from the models (message="add room holds")
	@$(if $(message),,$(error Say what it does: make migrate message="add room holds"))
	@$(WITH_SERVICES) alembic upgrade head
	@$(WITH_SERVICES) alembic revision --autogenerate -m "$(message)"

upgrade: $(INSTALLED) ## Migrate the development database to the newest version
	@$(WITH_SERVICES) alembic upgrade head

downgrade: $(INSTALLED) ## Take the last migration of the development database back
	@$(WITH_SERVICES) alembic downgrade -1

demo: $(INSTALLED) ## Load the demo data into the development database
	@$(WITH_SERVICES) src.cli demo

openapi: $(INSTALLED) ## Write the OpenAPI document
	@$(CLI) openapi

bench: $(INSTALLED) ## Measure this API beside a bare endpoint and the usual way
	@$(PYTHON) -m bench

audit: .audit/.installed ## Look for known holes in the locked packages (needs the network) and for unsafe code
	@.audit/bin/bandit --quiet --recursive src --configfile pyproject.toml
	@.audit/bin/pip-audit --require-hashes --disable-pip --requirement requirements/prod.txt

sbom: .audit/.installed ## Write sbom.json, what the image holds (CycloneDX)
	@.audit/bin/cyclonedx-py requirements requirements/prod.txt --output-reproducible --output-file sbom.json

.audit/.installed: requirements/audit.txt requirements/bootstrap/install.py
	@$(PYTHON3) requirements/bootstrap/install.py .audit requirements/audit.txt
	@touch $@

lock: $(INSTALLED) ## Write requirements/*.txt from requirements/*.in, keeping the versions that still fit
	@for name in base dev prod audit; do \
		$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --custom-compile-command "make lock" \
			requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

translations: $(INSTALLED) ## Collect the words of mails and notifications into their catalogs
	@mkdir -p .dev
	@$(VENV)/bin/pybabel -q extract -F templates/email/babel.cfg --add-location=file --sort-by-file --no-wrap \
		-o .dev/mails.pot templates/email src/notifications src/bookings/calendar src/appointments
	@for catalog in templates/email/locales/*.po; do \
		$(VENV)/bin/pybabel -q update --no-wrap --no-fuzzy-matching --ignore-obsolete -i .dev/mails.pot \
			-o $$catalog -l $$(basename $$catalog .po) || exit 1; \
	done

clean: ## Remove the virtual environment, the caches and the development data
	@if [ -x $(PYTHON) ] && [ -d .dev ]; then $(CLI) erase; fi
	@rm -rf .dev $(VENV) .audit sbom.json .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage htmlcov
	@find src tests alembic -name __pycache__ -prune -exec rm -rf {} +
