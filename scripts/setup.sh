#!/bin/sh
# Make the environment in .venv from uv.lock. Does nothing when that has been done.
set -eu
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE
export PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# What was installed last: the lock itself, kept inside the environment.
done_lock=.venv/installed.lock
if cmp -s uv.lock "$done_lock" && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

pyenv=${PYENV_ROOT:-$HOME/.pyenv}

# A Python counts when it runs: a shim of pyenv may be on the PATH and refuse to.
find_python() {
    for candidate in python3.10 "$pyenv"/versions/3.10.*/bin/python3.10 /usr/bin/python3.10 \
        python3.11 python3.12 python3.13 python3 "$pyenv"/versions/3.1*/bin/python3 /usr/bin/python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
}

# uv counts when it runs and can read our lock.
find_uv() {
    for candidate in uv "$HOME"/.local/bin/uv "$HOME"/.cargo/bin/uv .uv/bin/uv "$pyenv"/versions/*/bin/uv; do
        case $("$candidate" --version 2>/dev/null || true) in
            '' | 'uv 0.'[0-6].*) ;;
            'uv '*) printf '%s\n' "$candidate"; return ;;
        esac
    done
}

python=$(find_python)
uv=$(find_uv)
if [ -z "$uv" ]; then
    [ -n "$python" ] || fail "Python is missing: install Python 3.9 or later (Debian and Ubuntu: apt-get install python3 python3-venv)."
    say "Installing uv, which makes the environment, into .uv ..."
    # One version, by its hash: what stands in front of a lock with hashes has one too.
    set -- --quiet --require-hashes --requirement scripts/uv.txt
    no_uv="pip could not install uv; the lines above say why. Is this machine on the internet?"
    rm -rf .uv
    if "$python" -m venv .uv >/dev/null 2>&1; then
        .uv/bin/python -m pip install "$@" || fail "$no_uv"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        rm -rf .uv
        "$python" -m pip install "$@" --target .uv || fail "$no_uv"
    else
        rm -rf .uv
        fail "Python's venv module is missing: install it (Debian and Ubuntu: apt-get install python3-venv)."
    fi
    uv=.uv/bin/uv
fi

# uv takes pyenv's shims for Pythons: put the folder of a real 3.10 before them. Without one, uv fetches its own.
real=$("${python:-false}" -c 'import sys; sys.version_info[:2] == (3, 10) and print(sys.base_prefix + "/bin")' 2>/dev/null || true)

[ -n "$real" ] || say "There is no Python 3.10 on this machine: uv fetches one from the internet."
say "Installing the libraries from uv.lock into .venv: a few minutes the first time ..."
started=$(date +%s)
PATH=${real:+$real:}$PATH UV_PROJECT_ENVIRONMENT=.venv UV_COMPILE_BYTECODE=1 "$uv" sync --frozen --quiet ||
    fail "The libraries could not be installed; the lines above say why. A machine without internet needs Python 3.10."
cp uv.lock "$done_lock"
say "The environment is ready, after $(($(date +%s) - started)) s."
