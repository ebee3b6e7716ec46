#!/bin/sh
# deploy/backup.sh FOLDER: one dump of the database, whole or not there at all. Where it is, libpq is told: PGHOST,
# PGDATABASE, PGUSER, PGPASSFILE. Not through PgBouncer: a dump is one long session.
set -eu
folder=$1
name=downbeat-$(date -u +%Y%m%dT%H%M%SZ).dump
umask 077
mkdir -p "$folder"
trap 'rm -f "$folder/.$name"' EXIT
pg_dump --format=custom --no-owner --no-privileges --lock-wait-timeout=10s --file="$folder/.$name"
pg_restore --list "$folder/.$name" >/dev/null
mv "$folder/.$name" "$folder/$name"
echo "$folder/$name"
