# Every target sets up what it needs: .venv, the wheel in it, a JDK. PYTHON=python3.12 make test takes another Python.

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help demo test acceptance test-interop bench-train lint types wheel dev clean data peers h2o python installed tools jdk maven spark onnxruntimes chromium mlflow triton

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s%s\n", $$1, $$2 }' Makefile

demo: installed jdk ## train on real data, export Java and ONNX, score three ways, prove that they agree
	@.venv/bin/triplicate demo
	@echo "(the command triplicate is .venv/bin/triplicate; source .venv/bin/activate puts it on the PATH)"

test: tools jdk lint types ## lint, type-check, and test the installed wheel
	@echo "test: pytest on the installed wheel"
	@tools/run_pytest.sh --numprocesses 2 --dist loadfile tests

acceptance: data tools jdk maven spark onnxruntimes chromium mlflow triton ## the figures on the data of TRIPLICATE_DATA; Maven, Spark, MLflow, Triton, a browser
	@echo "acceptance: pytest on the installed wheel"
	@tools/run_pytest.sh tests/acceptance -m acceptance

test-interop: data tools jdk h2o ## MOJOs scored by H2O's own reader; downloads H2O (250 MB) once
	@echo "test-interop: pytest on the installed wheel"
	@TRIPLICATE_H2O_JAR="$$(tools/set_up_h2o.sh)" tools/run_pytest.sh tests/interop -m interop

bench-train: data installed peers ## training speed beside H2O, scikit-learn and PyTorch; hours (BENCH=--runs=1 for less)
	@.venv/bin/python benchmarks/training/compare.py "$(TRIPLICATE_DATA)" --peers .venv-peers/bin/python $(BENCH)

bench-java: data installed jdk maven peers ## the Java class beside H2O's POJO and MOJO and ONNX Runtime (BENCH=--quick for less)
	@.venv/bin/python benchmarks/java/compare.py "$(TRIPLICATE_DATA)" --peers .venv-peers/bin/python $(BENCH)

lint: tools ## ruff: rules and format
	@echo "lint: ruff"
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m ruff format --check .

# From .venv, where no source folder is in reach: the types that are checked are those that the wheel carries.
types: tools ## mypy --strict on the installed wheel
	@echo "types: mypy"
	@cd .venv && bin/python -P -m mypy --strict --config-file ../pyproject.toml --cache-dir mypy-cache -p triplicate

wheel: python ## build dist/*.tar.gz, and dist/*.whl from it
	@rm -f .venv/installed
	@tools/install_wheel.sh
	@ls dist

dev: python ## install the checkout itself (editable) and the development tools into .venv
	@.venv/bin/python -m pip install --disable-pip-version-check --quiet --no-build-isolation --editable '.[dev]'
	@rm -rf .venv/lib/python3*/site-packages/triplicate # a wheel's compiled kernels stay behind and hide the checkout
	@echo editable > .venv/installed
	@echo "dev: source .venv/bin/activate, then for instance: pytest tests/unit"

clean: ## remove .venv, what was built, and caches
	@rm -rf .venv .venv-peers .venv-spark .venv-h2o .venv-onnxruntimes .venv-mlflow .venv-triton build dist *.egg-info triplicate-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

data:
	@test -d "$(TRIPLICATE_DATA)" || { \
		echo "set TRIPLICATE_DATA to the folder of the data sets, got '$(TRIPLICATE_DATA)'" >&2; exit 1; }

h2o: python
	@tools/set_up_h2o.sh >/dev/null

peers:
	@tools/set_up_peers.sh

onnxruntimes: tools
	@tools/set_up_onnxruntimes.sh

python:
	@tools/set_up_python.sh

installed: python
	@tools/install_wheel.sh

tools: python
	@tools/install_wheel.sh dev

jdk: installed
	@tools/set_up_jdk.sh

maven: jdk
	@tools/set_up_maven.sh

spark: python
	@tools/set_up_spark.sh

chromium:
	@tools/set_up_chromium.sh

mlflow: installed
	@tools/set_up_mlflow.sh

triton: tools
	@tools/set_up_triton.sh
