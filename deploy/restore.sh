#!/bin/sh
# deploy/restore.sh DUMP: into the database that libpq is told of (PGHOST, PGDATABASE, …), which has to be empty. All of
# it or nothing. Afterwards: python -m src.cli check-invariants
set -eu
pg_restore --no-owner --no-privileges --exit-on-error --single-transaction --dbname="${PGDATABASE:?}" "$1"
psql --quiet --no-psqlrc --command="ANALYZE"
