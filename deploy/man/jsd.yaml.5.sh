#!/bin/bash
# jsd.yaml.5.sh PROGRAM FILE: the manual page of the configuration, from `PROGRAM check --keys`; FILE is where it lies.
set -euo pipefail
cat <<PAGE
.TH JSD.YAML 5 "" "jsd" "File formats"
.SH NAME
jsd.yaml \- configuration of the application server jsd
.SH SYNOPSIS
.I $2
.SH DESCRIPTION
A file in YAML that
.B jsd serve \-c
reads when it starts and at every reload. A key that is not known is an error, with its line and the name that may have
been meant;
.B jsd check \-c
.I FILE
says so without serving. Relative paths start from the file's folder. A file that holds every key with its default and
a comment is installed as share/jsd/jsd.yaml.
.SH KEYS
A dot stands for a level: respawn.delay is the key delay below respawn.
PAGE
"$1" check --keys | awk '
  function plain(text) {
    gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); gsub(/`/, "\"", text)
    sub(/^[.\047]/, "\\\\\\&&", text)
    return text
  }
  /^[a-z]/ { key = $1; sub(/^[^ ]+  \(/, ""); sub(/\)$/, ""); printf ".TP\n.B %s\n(%s)\n", plain(key), plain($0); next }
  { sub(/^ +/, ""); printf ".br\n%s\n", plain($0) }'
cat <<'PAGE'
.SH EXAMPLE
.nf
app: /srv/shop/server.js
listen: [0.0.0.0:80, "[::]:80"]
workers: auto
env:
  NODE_ENV: production
.fi
.SH SEE ALSO
.BR jsd (1)
PAGE
