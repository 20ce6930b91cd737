# demo and test need only Python 3.11+ and make: each sets up .venv by itself and then does its job.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test verify lint docs bench clean

demo: .venv/demo.done  ## the main job on real data: report in build/demo
	$(BIN)/python examples/quickstart.py

test: .venv/test.done lint  ## everything a change can break, in minutes
	$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal --cov --cov-report=term

lint: .venv/test.done  ## style, types, floors
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

verify: .venv/test.done  ## what is long: more examples, more crash rounds
	$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal --hypothesis-profile=verify -m "verify or not verify"

docs: .venv/docs.done  ## the site, in build/docs: asks nothing of any network, neither now nor when it is read
	$(BIN)/python -m sphinx --builder html --fresh-env --fail-on-warning --keep-going --quiet docs build/docs
	@echo build/docs/index.html

bench: .venv-bench/done  ## ours against the named peers, in an environment of their own
	.venv-bench/bin/python -m benchmarks

.venv/demo.done: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[sql,plots]'
	touch $@

.venv/test.done: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@ .venv/demo.done .venv/docs.done

.venv/docs.done: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	touch $@ .venv/demo.done

.venv-bench/done: pyproject.toml
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --editable '.[bench]'
	touch $@

clean:
	rm -rf .venv .venv-bench build
