#!/bin/bash
# measure.sh NAME URL COMMAND [ARG...]: starts COMMAND on one core, loads URL with wrk from another, prints one row:
#   NAME rps=N cpu_us_per_req=N p99=TIME pss_mb=N [NON-2XX=N] [Socket errors...]
# cpu_us_per_req is user and system time of COMMAND's whole process tree by request: the figure to compare, since it is
# far steadier than requests per second. p99 is wrk's, pss_mb the tree's memory after the load, shared pages counted in
# part. Where nothing answers: the reason on stderr, and exit 1. COMMAND has ended when this returns.
# Environment: CONNECTIONS (64), SECONDS_LOAD (5), SECONDS_WARM (2), SERVER_CPU (0), LOAD_CPU (1, or 0 where that is
# all), WRK_SCRIPT (a wrk Lua script), H2 (not empty: HTTP/2 with prior knowledge, by h2load, H2 streams at once on each
# of 16 connections; it tells no p99).
set -u
name=$1 url=$2
shift 2
cpus=$(nproc --all)
load_cpu=${LOAD_CPU:-$((cpus > 1 ? 1 : 0))}
output=$(mktemp)

tree() { # PID...: those and all their descendants
  local pid
  for pid in "$@"; do
    echo "$pid"
    tree $(cat /proc/"$pid"/task/*/children 2>/dev/null)
  done
}

ticks() { # utime + stime of the tree; the command's name may hold blanks, so count from its closing bracket
  local pid
  for pid in $(tree "$server"); do cat /proc/"$pid"/stat 2>/dev/null; done |
    sed 's/.*) //' | awk '{n += $12 + $13} END {print n + 0}'
}

pss_mb() {
  local pid
  for pid in $(tree "$server"); do cat /proc/"$pid"/smaps_rollup 2>/dev/null; done |
    awk '/^Pss:/{n += $2} END {printf "%d", n / 1024}'
}

stop() {
  local pid all
  all=$(tree "$server")
  for pid in $all; do kill "$pid" 2>/dev/null; done
  # What takes longer than 5 s to drain is ended.
  timeout 5 tail --pid="$server" -f /dev/null || kill -KILL $all 2>/dev/null
  wait "$server" 2>/dev/null
  rm -f "$output"
}

load() { # SECONDS
  if [ -n "${H2:-}" ]; then
    taskset -c "$load_cpu" h2load -t1 -c16 -m"$H2" -D"$1" "$url"
    return
  fi
  if [ -n "${S_TIME:-}" ]; then
    local where=${url#*://}
    taskset -c "$load_cpu" openssl s_time -connect "${where%/}" -tls1_3 "-$S_TIME" -www / -time "$1" 2>/dev/null | tr -d '\0'
    return
  fi
  taskset -c "$load_cpu" wrk -t1 -c"${CONNECTIONS:-64}" -d"$1"s ${WRK_SCRIPT:+-s "$WRK_SCRIPT"} --latency "$url"
}

taskset -c "${SERVER_CPU:-0}" "$@" >"$output" 2>&1 &
server=$!
trap stop EXIT
for _ in $(seq 400); do
  curl -sk ${H2:+--http2-prior-knowledge} -o /dev/null "$url" && break
  kill -0 "$server" 2>/dev/null || { echo "$name: ended before it answered: $(tail -n 5 "$output")" >&2; exit 1; }
  sleep 0.05
done
load "${SECONDS_WARM:-2}" >/dev/null
before=$(ticks)
report=$(load "${SECONDS_LOAD:-5}")
after=$(ticks)
awk -v name="$name" -v mode="${S_TIME:-}" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" -v pss="$(pss_mb)" '
  /requests in/ {requests = $1}
  / real seconds/ {requests = $1; rps = $1 / $4; p99 = "-"}
  /^[rtT*]+$/ {resumed = gsub("r", "")}
  /Requests\/sec/ {rps = $2}
  /^requests: / {requests = $8; p99 = "-"; if ($10 + 0) wrong = wrong " FAILED=" $10}
  /^finished in/ {rps = $4}
  / 99%/ {p99 = $2}
  /Non-2xx/ {wrong = " NON-2XX=" $NF}
  /Socket errors/ {wrong = wrong " " $0}
  END {
    if (!requests) exit 1
    if (mode == "reuse" && resumed < requests * 0.9) wrong = wrong " RESUMED=" resumed
    printf "%-24s rps=%-10s cpu_us_per_req=%-7.2f p99=%-9s pss_mb=%d%s\n", \
      name, rps, ticks * 1e6 / hz / requests, p99, pss, wrong
  }' <<<"$report" || { echo "$name: no request was answered: $(tail -n 5 "$output") $report" >&2; exit 1; }
