# The two commands: `make demo` and `make test`. Everything else is for people who work on Karmalink.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DATA   ?= ../shared/data
READY  := $(VENV)/.ready

.PHONY: demo test lint types suite fuzz crash docs evaluate bench lock clean

demo: $(READY)
	$(BIN)/karmalink demo --out build/demo

test: lint types suite

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

suite: $(READY)
	$(BIN)/pytest

# The same tests on new random examples each time, then 20,000 mutated files over all readers. What is found is filed: a patch with
# the example for the test, the file in build/fuzz.
fuzz: $(READY)
	KARMALINK_FUZZ=1 $(BIN)/pytest; tests=$$?; $(BIN)/python -m campaigns.files && exit $$tests

# Every step of everything that is stored, killed, cut off and failing; tampering; five processes at once. An hour or two.
crash: $(READY)
	$(BIN)/python -m campaigns.crash
	$(BIN)/python -m campaigns.tamper
	$(BIN)/python -m campaigns.together

docs: $(READY)
	$(BIN)/sphinx-build -W -b html docs docs/_build/html

evaluate: $(READY)
	$(BIN)/python -m evaluation $(DATA)

bench: $(READY)
	$(BIN)/python -m benchmarks

# The lock is the whole environment, name==version; a fresh machine installs just that, then this project without its
# dependencies. The last line compiles what the stager and large maps need, once: otherwise the first of each pays for it.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Karmalink needs Python 3.11 or newer; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(BIN)/python -c 'from karmalink.seek.probability_map import kernels; kernels.compile_once()'
	@touch $@

lock:
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --upgrade pip
	build/lock/bin/python -m pip install --quiet --group dev --group docs '.[dask,encoders,gedcom,terrain]'
	build/lock/bin/python -m pip freeze --exclude karmalink > requirements.lock

clean:
	rm -rf build $(VENV) docs/_build
