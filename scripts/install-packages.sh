#!/bin/sh
# Install packages of Debian or Ubuntu, where this user may. Exit code 1 where not.
set -eu

command -v apt-get >/dev/null || exit 1
if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root='sudo -n'
else
    exit 1
fi

printf 'Installing %s ...\n' "$*" >&2
$as_root apt-get update -qq >&2
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$@" >&2
