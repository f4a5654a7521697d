"""boot.py NAME TIMES PORT COMMAND...: milliseconds from exec to the first HTTP answer: minimum and median."""
import os
import signal
import socket
import statistics
import subprocess
import sys
import time

name, times, port, command = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]


def answered():
    try:
        with socket.create_connection(('127.0.0.1', port), timeout=5) as s:
            s.sendall(b'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            return s.recv(15).startswith(b'HTTP/1.1 200')
    except OSError:
        return False


def once():
    begin = time.perf_counter()
    child = subprocess.Popen(command, env={**os.environ, 'PORT': str(port)}, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        while not answered():
            if time.perf_counter() - begin > 20 or child.poll() is not None:
                return None
            time.sleep(0.0002)
        return (time.perf_counter() - begin) * 1000
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


runs = [t for t in (once() for _ in range(times)) if t is not None]
if runs:
    print(f'boot {name:16} min={min(runs):.1f} ms  median={statistics.median(runs):.1f} ms  ({len(runs)} of {times})')
else:
    print(f'boot {name:16} no answer')
