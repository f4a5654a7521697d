"""table.py RESULTS: the rows of measure.sh as a table, with their ratio to jsd's (above 1: jsd needs less)."""
import re
import statistics
import sys

rows = {}
for line in open(sys.argv[1]):
    m = re.match(r'([\w-]+)/([\w-]+)\s+rps=(\S+)\s+cpu_us_per_req=(\S+)\s+p99=(\S+)\s+pss_mb=(\S+)(.*)', line)
    if m:
        rows.setdefault(m[1], {}).setdefault(m[2], []).append((float(m[4]), float(m[3]), m[5], int(m[6]), m[7].strip()))

print(f"\n{'work':15}{'runtime':11}{'CPU us/req':>11}{'/ jsd':>7}{'requests/s':>12}{'p99':>10}{'PSS MB':>8}")
for work, peers in rows.items():
    base = statistics.median(r[0] for r in peers['jsd']) if 'jsd' in peers else None
    for peer, runs in peers.items():
        cpu = statistics.median(r[0] for r in runs)
        rps = statistics.median(r[1] for r in runs)
        ratio = f'{cpu / base:.2f}' if base else '-'
        note = ' '.join(sorted({r[4] for r in runs if r[4]}))
        print(f'{work:15}{peer:11}{cpu:11.2f}{ratio:>7}{rps:12.0f}{runs[-1][2]:>10}{runs[-1][3]:8d} {note}')
print()
