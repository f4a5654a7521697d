"""memory.py NAME PORT COMMAND...: PSS and private memory of a service with 1 and with 4 workers, idle after a few
requests. WORKERS and PORT in the command are replaced; the environment has them too. "Each further" is a third of what
4 workers take beyond 1, of the whole tree: pages that only one worker had count as shared once another maps them too.
"Own" is what no other process maps of one of the 4 workers (median)."""
import os
import signal
import socket
import statistics
import subprocess
import sys
import time

name, port, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]


def tree(pid):
    out = [pid]
    try:
        for task in os.listdir(f'/proc/{pid}/task'):
            for child in open(f'/proc/{pid}/task/{task}/children').read().split():
                out += tree(int(child))
    except OSError:
        pass
    return out


def memory(pids):
    pss = private = 0
    for pid in pids:
        try:
            for line in open(f'/proc/{pid}/smaps_rollup'):
                key, _, rest = line.partition(':')
                if key == 'Pss':
                    pss += int(rest.split()[0])
                elif key in ('Private_Clean', 'Private_Dirty'):
                    private += int(rest.split()[0])
        except OSError:
            pass
    return pss / 1024, private / 1024


def workers_of(pid):
    children = tree(pid)[1:]
    named = [c for c in children if 'worker' in open(f'/proc/{c}/comm').read()]
    return named or children


def ask(p):
    try:
        with socket.create_connection(('127.0.0.1', p), timeout=5) as s:
            s.sendall(b'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            return s.recv(15).startswith(b'HTTP/1.1 200')
    except OSError:
        return False


def measure(workers, p):
    args = [a.replace('WORKERS', str(workers)).replace('PORT', str(p)) for a in command]
    child = subprocess.Popen(args, env={**os.environ, 'PORT': str(p), 'WORKERS': str(workers)},
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        end = time.time() + 20
        while not ask(p):
            if time.time() > end or child.poll() is not None:
                sys.exit(f'{name}: no answer with {workers} workers')
            time.sleep(0.05)
        for _ in range(40):
            ask(p)
        # Idle: workers tidy up after a whole second without a request; then until the figure has stopped moving.
        time.sleep(2.5)
        last = None
        while time.time() < end:
            now = memory(tree(child.pid))
            if last is not None and abs(now[0] - last[0]) < 0.2:
                break
            last = now
            time.sleep(0.3)
        return (*memory(tree(child.pid)), statistics.median(memory([w])[1] for w in workers_of(child.pid)))
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)


one, four = measure(1, port), measure(4, port + 1)
print(f'{name:20} 1 worker: PSS {one[0]:.1f} MB, private {one[1]:.1f} MB; '
      f'each further: PSS {(four[0] - one[0]) / 3:.1f} MB, private {(four[1] - one[1]) / 3:.1f} MB; '
      f'own {four[2]:.1f} MB')
