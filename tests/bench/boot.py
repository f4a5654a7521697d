"""boot.py ROUNDS: milliseconds that programs take to start, one table; reads a line per program from standard input:

    WHAT PEER PORT COMMAND ARGUMENT...      (quoted as for a shell)

With a PORT, from exec to the status line of an HTTP answer on it; with PORT 0, from exec to its end, which has to be with
exit code 0; with PORT "log", what jsd's own log says that its worker took from fork to ready (one worker); with PORT
"respawn", the same of the one that replaces it when it is killed after some idle seconds.
Every round starts each program once, in an order that rotates, so that what else happens on the machine hits all alike.
Cells are medians, the smallest in brackets. Exits with 1 where a program never got there.
"""
import os
import re
import select
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import time

LIMIT = 20  # seconds
IDLE = 2.5  # seconds: a worker tidies up, and keeps compiled code, in its first idle second


def answered(port):
    try:
        with socket.create_connection(('127.0.0.1', port), timeout=5) as s:
            s.sendall(b'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            return s.recv(15).startswith(b'HTTP/1.1 200')
    except OSError:
        return False


def until_answer(child, port, begin):
    while not answered(port):
        if time.perf_counter() - begin > LIMIT or child.poll() is not None:
            return None
        time.sleep(0.0002)
    return (time.perf_counter() - begin) * 1000


def until_end(child, begin):
    # Not wait(timeout): that sleeps for up to 50 ms between looks.
    fd = os.pidfd_open(child.pid)
    ended, _, _ = select.select([fd], [], [], LIMIT)
    took = (time.perf_counter() - begin) * 1000
    os.close(fd)
    return took if ended and child.wait() == 0 else None


def until_log(child):
    for line in child.stdout:
        found = re.search(r'worker ([0-9.]+) ms\)', line)
        if found:
            return float(found[1])
    return None


def until_replaced(child):
    port = worker = None
    for line in child.stdout:
        port = int(found[1]) if (found := re.search(r'on http://.*:([0-9]+)$', line)) else port
        if 'reload: kill' in line:
            time.sleep(IDLE)
            if not answered(port):
                return None
            for pid in open(f'/proc/{child.pid}/task/{child.pid}/children').read().split():
                if 'worker' in open(f'/proc/{pid}/comm').read():
                    worker = int(pid)
            os.kill(worker, signal.SIGKILL)
        if found := re.search(r'started in ([0-9.]+) ms\)', line):
            return float(found[1])
    return None


def stop(child):
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def once(port, command):
    env = {**os.environ, 'PORT': port} if port.isdigit() else os.environ
    logged = {'log': until_log, 'respawn': until_replaced}.get(port)
    out = subprocess.PIPE if logged else subprocess.DEVNULL
    begin = time.perf_counter()
    child = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=out, text=True, start_new_session=True,
                             stderr=subprocess.STDOUT if logged else subprocess.DEVNULL)
    try:
        if logged:
            return logged(child)
        return until_answer(child, int(port), begin) if port != '0' else until_end(child, begin)
    finally:
        stop(child)


def main():
    rounds = int(sys.argv[1])
    programs = [(words[0], words[1], words[2], words[3:]) for words in map(shlex.split, sys.stdin) if words]
    times = {}
    for n in range(rounds):
        turn = n % len(programs)
        for what, peer, port, command in programs[turn:] + programs[:turn]:
            times.setdefault((what, peer), []).append(once(port, command))
    whats, peers = (list(dict.fromkeys(p[i] for p in programs)) for i in (0, 1))
    print(f'{"":16}' + ''.join(f'{peer:>18}' for peer in peers))
    failed = False
    for what in whats:
        row = f'{what:16}'
        for peer in peers:
            runs = times.get((what, peer))
            if runs is None:
                row += f'{"":18}'
            elif None in runs:
                row += f'{"failed":>18}'
                failed = True
            else:
                row += f'{statistics.median(runs):10.1f} ({min(runs):.1f})'.rjust(18)
        print(row)
    return 1 if failed else 0


sys.exit(main())
