# 免证 Mianzheng. Needs: Linux x86-64, make, Python 3.11 or newer, a Python package registry that pip can reach.
# Every target makes its own environment in .venv, and again when pyproject.toml or constraints.txt changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

define PINS
import json, sys
chosen = [entry["metadata"] for entry in json.load(open(sys.argv[1]))["install"]]
print("\n".join(sorted(f"{m['name']}=={m['version']}" for m in chosen if m["name"] != "mianzheng")))
endef
export PINS

.DEFAULT_GOAL := help
.PHONY: help demo up down check test bench pins clean

help: ## 显示本帮助
	@echo "make 目标（首次运行会自动创建 $(VENV) 并安装依赖）："
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(STAMP) ## 演示：起全套服务，办 200 件样例，走遍各条路径，约一分半钟
	@$(BIN)/mianzheng demo

up: $(STAMP) ## 启动本机全套服务（数据保存在 .mianzheng/）
	@$(BIN)/mianzheng up

down: $(STAMP) ## 停止本机全套服务
	@$(BIN)/mianzheng down

check: $(STAMP) ## 静态检查：ruff、mypy --strict、import-linter
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

test: check ## 静态检查与全部测试
	$(BIN)/python -m pytest

bench: $(STAMP) ## 性能测量
	$(BIN)/python -m tests.benchmarks.bench_application
	$(BIN)/python -m tests.benchmarks.bench_door
	$(BIN)/python -m tests.benchmarks.bench_tasks
	$(BIN)/python -m tests.benchmarks.bench_audit
	$(BIN)/python -m tests.benchmarks.bench_trail
	$(BIN)/python -m tests.benchmarks.bench_statistics
	$(BIN)/python -m tests.benchmarks.bench_append

pins: ## 重新生成 constraints.txt（按 pyproject.toml 解析最新版本，不安装）
	@set -eu; work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	$(PYTHON) -m venv "$$work/venv"; \
	"$$work/venv/bin/python" -m pip --disable-pip-version-check --no-input --quiet install \
		--dry-run --ignore-installed --report "$$work/report.json" setuptools wheel '.[dev]'; \
	{ echo '# Every version of the environment, made by "make pins" for Python 3.11 to 3.13 on Linux x86-64.'; \
	  "$$work/venv/bin/python" -c "$$PINS" "$$work/report.json"; } > "$$work/constraints.txt"; \
	cp "$$work/constraints.txt" constraints.txt; \
	echo "constraints.txt: $$(grep -c '==' constraints.txt) 个版本"

clean: ## 删除环境、缓存与演示数据（先停止服务；.mianzheng/ 中的其他数据保留）
	@if [ -x $(BIN)/mianzheng ]; then $(BIN)/mianzheng down && $(BIN)/mianzheng down --state-dir .mianzheng/demo --delete-data || echo "未能停止服务"; fi
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "需要 Python 3.11 或更高版本；可用 make PYTHON=/path/to/python3.12 指定"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) \
		|| { echo "无法创建虚拟环境：请安装 venv 模块（Debian/Ubuntu：apt install python3-venv）"; exit 1; }
	@echo "安装依赖到 $(VENV) …"
	@$(PIP) install -c constraints.txt setuptools wheel
	@$(PIP) install --no-build-isolation -c constraints.txt -e '.[dev]'
	@touch $@
