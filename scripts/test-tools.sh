#!/bin/sh
# See to what the tests need beside Python: a browser, and PostgreSQL where it can be had.
set -eu
cd "$(dirname "$0")/.."

mac='/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
has_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome || [ -x "$mac" ]; }
has_postgresql() { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; }

if ! has_browser >/dev/null; then
    scripts/install-packages.sh chromium || {
        echo "The browser tests need Chromium: install it (Debian: apt-get install chromium), then start again." >&2
        exit 1
    }
fi
if ! has_postgresql >/dev/null 2>&1; then
    scripts/install-packages.sh postgresql ||
        echo "PostgreSQL is not installed: the tests of the database run on SQLite alone." >&2
fi
