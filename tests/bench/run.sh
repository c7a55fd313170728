#!/bin/sh
# Measures Dossier: `make bench`. ITEMS (1000000), ROUNDS (3) and SECONDS (4) may be set.
set -eu
exec /usr/bin/python3 -B "$(dirname "$0")/run.py"
