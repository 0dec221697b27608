#!/bin/sh
# Style, types, and the content in knowledge/.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/ruff check
.venv/bin/ruff format --check
.venv/bin/mypy
.venv/bin/python -m bot knowledge check
