# `make run` serves the demo business, `make test` runs the suite, `make check` reads the code.
.DEFAULT_GOAL := help
.PHONY: help run test check faults faults-smoke mutants isolation bench bench-lists bench-pages soak mail-load strings sums words lock format

PYTHON ?= python3
BIN := .venv/bin
export FLASK_SKIP_DOTENV = 1

help: ## what can be typed here
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

.venv/made: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make run PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv 2>/dev/null || { echo "Python's venv is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/made-dev: .venv/made requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: .venv/made ## serve the product with its demo business on http://127.0.0.1:8000
	@export DEMO=$${DEMO:-1}; $(BIN)/python -m models.migrations; state=$$?; \
	if [ $$state = 3 ] && [ "$$DEMO" = 1 ]; then $(BIN)/flask demo || exit 1; elif [ $$state != 0 ] && [ $$state != 3 ]; then exit 1; fi; \
	exec $(BIN)/gunicorn -c deploy/gunicorn.py wsgi:app

test: .venv/made-dev ## run the whole suite
	@./tests/chromium
	@PYTEST_DEBUG_TEMPROOT=$$([ -w /dev/shm ] && echo /dev/shm || echo /tmp) $(BIN)/python -m pytest -n auto --dist worksteal

check: .venv/made-dev ## format, lint, types, architecture
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy . && $(BIN)/python -m pytest tests/test_architecture.py

format: .venv/made-dev ## write the code in house style
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

mutants: .venv/made-dev ## open each rule of policy, one at a time: the tests must notice
	@$(BIN)/python -m tests.mutants

isolation: .venv/made-dev ## 50,000 random questions of who sees what, held against a model (SEED=, PROBES=, ARGS=)
	@$(BIN)/python -m tests.isolation $(if $(SEED),--seed $(SEED)) --probes $(or $(PROBES),50000) $(ARGS)

bench: .venv/made-dev ## chat beside Flask-SocketIO, python-socketio, websockets and ws: needs node and npm, PostgreSQL and Redis (ARGS=)
	@npm ci --silent --prefix benchmarks/chat/yardsticks
	@$(BIN)/python -m benchmarks.chat $(ARGS)

soak: .venv/made-dev ## ten minutes of chat at half of the peak on each database: does it grow? (ARGS=)
	@$(BIN)/python -m benchmarks.chat.soak $(ARGS)

bench-lists: .venv/made-dev ## what a partner's list costs among 1,000 orders and among 100,000
	@$(BIN)/python -m benchmarks.partner_lists $(ARGS)

bench-pages: .venv/made-dev ## what pages cost among 1,000,000 conversations and among 2,000: seeds once, needs PostgreSQL and node (ARGS=)
	@$(BIN)/python -m benchmarks.pages $(ARGS)

mail-load: .venv/made-dev ## fetch and file 10,000 mails from a real mail server, killed at five random points (ARGS=)
	@$(BIN)/python -m benchmarks.mail_load $(ARGS)

strings: .venv/made-dev ## put every awkward string and number into every field
	@EVERY_STRING=1 $(BIN)/python -m pytest -n auto tests/text tests/attacks/test_garbage.py

sums: .venv/made-dev ## walk purchase orders and their goods through hundreds of random lives
	@EXAMPLES=$(or $(EXAMPLES),300) $(BIN)/python -m pytest -n auto tests/actions/test_order_sums.py tests/actions/test_goods_sums.py

words: .venv/made-dev ## bring the catalogues of translations/ up to the sources
	@$(BIN)/python -m translations

faults: .venv/made-dev ## kill and cut the product under load, and check that nothing acknowledged is lost (ARGS="-k disk")
	@$(BIN)/python -m pytest tests/faults -m "faults or smoke" -s --durations=0 --durations-min=1 $(ARGS)

faults-smoke: .venv/made-dev ## the short ones of them, which are part of the suite as well
	@$(BIN)/python -m pytest tests/faults -m smoke -s --durations=0 --durations-min=1 $(ARGS)

lock: ## pin every package with its hash
	@uv pip compile -q --generate-hashes --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	@uv pip compile -q --generate-hashes --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" --extra dev pyproject.toml -o requirements-dev.txt
