"""Reloads (SIGHUP): no request is lost, a bad deploy leaves the old code serving."""
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

from harness import TOP, Program, check, finish, request, test

RELOADS = int(os.environ.get('RELOADS', '10'))

HTTP_APP = '''
const http = require('http');
http.createServer((req, res) => {
  if (req.method === 'POST') {
    let size = 0;
    req.on('data', (chunk) => { size += chunk.length; });
    req.on('end', () => res.end(String(size)));
    return;
  }
  if (req.url === '/slow') {
    let part = 0;
    const timer = setInterval(() => {
      res.write(`part ${part++}\\n`);
      if (part === 10) { clearInterval(timer); res.end(); }
    }, 30);
    return;
  }
  res.setHeader('Content-Type', 'application/json');
  res.end(JSON.stringify({ pid: process.pid, version: VERSION }));
}).listen(process.env.PORT);
'''


def app_text(version):
    return HTTP_APP.replace('VERSION', str(version))


class Server(Program):
    """jsd serving an app from a temporary folder."""

    def __init__(self, text, workers=2, name='app.js', config=''):
        self.folder = tempfile.TemporaryDirectory()
        self.app = f'{self.folder.name}/{name}'
        self.write(text)
        self.config = f'{self.folder.name}/jsd.yaml'
        if 'probation' not in config:
            config += 'probation: 100ms\n'
        with open(self.config, 'w') as file:
            file.write(f'app: {name}\nworkers: {workers}\nlisten: 127.0.0.1:0\n{config}')
        super().__init__('serve', '-c', self.config, env={'JWT_SECRET': 'secret'})
        self.wait_for('reload: kill')
        self.port = int(re.search(r'on http://127\.0\.0\.1:(\d+)\n', self.output).group(1))

    def write(self, text):
        with open(self.app, 'w') as file:
            file.write(text)

    def reload(self, expect='reloaded in'):
        since = len(self.output)
        self.signal(signal.SIGHUP)
        self.wait_for(expect, since=since)

    def __exit__(self, *args):
        super().__exit__(*args)
        self.folder.cleanup()

    def answers_only(self, version):
        """Whether all answers come from it, once the other generation's workers have heard of the change."""
        end, in_a_row = time.monotonic() + 2, 0
        while in_a_row < 40 and time.monotonic() < end:
            in_a_row = in_a_row + 1 if self.get()['version'] == version else 0
        return in_a_row == 40

    def get(self):
        return json.loads(request(self.port)[2])


def wrk(port, seconds, path='/', run=None):
    """wrk with 64 keep-alive connections while run() runs: (requests, what went wrong, output)."""
    load = subprocess.Popen(['wrk', '-t1', '-c64', f'-d{int(seconds)}s', '--timeout', '10s', f'http://127.0.0.1:{port}{path}'],
                            stdout=subprocess.PIPE, text=True)
    if run:
        run()
    output = load.communicate()[0]
    requests = int((re.search(r'(\d+) requests in', output) or [0, 0])[1])
    return requests, re.findall(r'Socket errors:.*|Non-2xx.*', output), output


@test
def new_code():
    with Server(app_text(1)) as jsd:
        before = jsd.get()
        jsd.write(app_text(2))
        jsd.reload()
        jsd.wait_for('generation 1 has drained')
        after = jsd.get()
        check('a reload brings the new code', (before['version'], after['version']) == (1, 2), (before, after))
        check('the old workers are gone', not os.path.exists(f'/proc/{before["pid"]}'))


@test
def bad_deploys():
    with Server(app_text(1), config='start_timeout: 5s\n') as jsd:
        for name, text, said in [
                ('a syntax error', 'const a = {\n', 'SyntaxError'),
                ('an exception', 'throw new Error("no config")', 'Error: no config'),
                ('an app that never listens', '1', 'exited without listening'),
                ('an app that exits', 'process.exit(3)', 'exited with code 3 before it served')]:
            jsd.write(text)
            since = len(jsd.output)
            jsd.reload('goes on serving')
            check(f'{name} at reload is told, and the old code serves on',
                  said in jsd.output[since:] and jsd.get()['version'] == 1, jsd.output[since:])
        jsd.write(app_text(2))
        with open(jsd.config) as file:
            config = file.read()
        with open(jsd.config, 'w') as file:
            file.write(config + 'listne: 1\n')
        jsd.reload('goes on serving')
        check('a config mistake at reload is told, and the old code serves on',
              'unknown key "listne": did you mean "listen"?' in jsd.output and jsd.get()['version'] == 1)
        with open(jsd.config, 'w') as file:
            file.write(config)
        jsd.reload()
        jsd.wait_for('has drained')
        check('the next good deploy works', jsd.get()['version'] == 2)


@test
def dead_on_arrival():
    """Code that begins to serve and then dies does not replace code that serves."""
    with Server(app_text(1), config='probation: 1s\n') as jsd:
        for name, text, said in [
                ('a rejection after listen()', app_text(2) + 'Promise.reject(new Error("no database"));', 'Error: no database'),
                ('an exception in the first immediate', app_text(2) + 'setImmediate(() => { throw new Error("at once"); });',
                 'Error: at once'),
                ('an exception 50 ms after listen()', app_text(2) + 'setTimeout(() => { throw new Error("too late"); }, 50);',
                 'Error: too late')]:
            jsd.write(text)
            with socket.create_connection(('127.0.0.1', jsd.port)) as kept:
                kept.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
                kept.recv(65536)
                since = len(jsd.output)
                jsd.reload('goes on serving')
                kept.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
                answer = kept.recv(65536)
            check(f'{name}: the reload fails with the app\'s words', said in jsd.output[since:] and
                  'reload failed: ' in jsd.output[since:] and 'reloaded' not in jsd.output, jsd.output[since:])
            check(f'{name}: the old code answers all', jsd.answers_only(1))
            check(f'{name}: ... on its old connections too', b'"version":1' in answer and b'close' not in answer, answer)
        jsd.write(app_text(3))
        jsd.reload()
        jsd.wait_for('generation 1 has drained')
        check('the next good code replaces it', jsd.get()['version'] == 3)


@test
def served_before_it_failed():
    """A new generation's first worker serves already when its second one fails: what it has begun, it finishes."""
    second = """
    const fs = require('fs');
    if (fs.existsSync(__dirname + '/first')) {
      while (!fs.existsSync(__dirname + '/go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      throw new Error('only one of us');
    }
    fs.writeFileSync(__dirname + '/first', '');
    """
    with Server(app_text(1)) as jsd:
        jsd.write(second + app_text(2))
        jsd.signal(signal.SIGHUP)
        end = time.monotonic() + 10
        while jsd.get()['version'] == 1 and time.monotonic() < end:
            pass
        clients = [socket.create_connection(('127.0.0.1', jsd.port), 10) for _ in range(12)]
        for client in clients:
            client.sendall(b'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
            client.recv(1000)
        with open(f'{jsd.folder.name}/go', 'w'):
            pass
        jsd.wait_for('goes on serving')
        whole = 0
        for client in clients:
            got = b'.'
            while got and not got.endswith(b'0\r\n\r\n'):
                got = client.recv(65536)
            whole += bool(got)
            client.close()
        check('a generation that fails while it starts finishes what it has begun', whole == 12, (whole, jsd.output))


@test
def old_generation_on_hold():
    """On probation new connections are the new code's; who is connected stays with the old code."""
    with Server(app_text(1), config='probation: 3s\n') as jsd, socket.create_connection(('127.0.0.1', jsd.port)) as kept:
        kept.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        kept.recv(65536)
        jsd.write(app_text(2))
        jsd.reload('waits for the end of its probation')
        only_new = jsd.answers_only(2)
        kept.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        answer = kept.recv(65536)
        check('new connections go to the new code', only_new)
        check('connections of before stay open, with the old code', b'"version":1' in answer, answer)


@test
def streaming_response():
    with Server(app_text(1)) as jsd, socket.create_connection(('127.0.0.1', jsd.port)) as client:
        client.sendall(b'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
        got = client.recv(65536)
        jsd.reload()
        while chunk := client.recv(65536):
            got += chunk
        check('a streaming response survives a reload', b'part 9\n' in got and got.endswith(b'0\r\n\r\n'), got[-100:])


@test
def slow_upload():
    with Server(app_text(1)) as jsd, socket.create_connection(('127.0.0.1', jsd.port)) as client:
        client.sendall(b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n' + b'x' * 100)
        jsd.reload()
        for _ in range(9):
            client.sendall(b'x' * 100)
            time.sleep(0.02)
        got = b''
        while chunk := client.recv(65536):
            got += chunk
        check('a slow upload survives a reload', got.startswith(b'HTTP/1.1 200') and got.endswith(b'1000'), got)
        check('its connection is closed by Connection: close', b'connection: close' in got.lower(), got)


@test
def keep_alive_client():
    """A client that uses one connection as RFC 9112 says never sees an error."""
    with Server(app_text(1)) as jsd:
        stop, errors, count = threading.Event(), [], 0

        def client():
            nonlocal count
            connection, buffered = None, None
            while not stop.is_set():
                try:
                    if connection is None:
                        connection = socket.create_connection(('127.0.0.1', jsd.port))
                        buffered = connection.makefile('rb')
                    connection.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
                    head = b''
                    while not head.endswith(b'\r\n\r\n'):
                        line = buffered.readline()
                        if not line:
                            raise ConnectionError('closed without an answer')
                        head += line
                    buffered.read(int(re.search(rb'content-length: (\d+)', head, re.I)[1]))
                    if b'connection: close' in head.lower():
                        connection.close()
                        connection = None
                    count += 1
                except OSError as error:
                    errors.append(error)
                    connection = None
        threads = [threading.Thread(target=client) for _ in range(8)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            jsd.reload()
        stop.set()
        for thread in threads:
            thread.join()
        check('keep-alive clients lose no request over 5 reloads', not errors and count > 0, (errors[:3], count))


def reloads_under_load(jsd, name, path='/', expect=None):
    took = []

    def run():
        for _ in range(RELOADS):
            start = time.monotonic()
            jsd.reload()
            took.append((time.monotonic() - start) * 1000)
    requests, wrong, output = wrk(jsd.port, max(3, RELOADS * 0.6), path, run)
    check(f'{RELOADS} reloads under 64 connections: no socket error and no non-2xx ({name})',
          requests > 0 and not wrong and len(took) == RELOADS, (wrong, len(took), output))
    took.sort()
    print(f'# {name}: {RELOADS} reloads, median {took[len(took) // 2]:.0f} ms, worst {took[-1]:.0f} ms, {requests} requests, '
          f'errors: {wrong or "none"}')


@test
def load_on_node_http():
    with Server(app_text(1)) as jsd:
        reloads_under_load(jsd, 'node:http')


@test
def load_on_fetch_handler():
    text = 'export default { fetch: () => Response.json({ hello: "world" }) };'
    with Server(text, name='app.mjs') as jsd:
        reloads_under_load(jsd, 'fetch handler')


@test
def load_on_express():
    """The API with express, dotenv, bcryptjs and jsonwebtoken."""
    with open(f'{TOP}/tests/e2e/programs/api/app.js') as file:
        text = file.read()
    with Server(text) as jsd:
        reloads_under_load(jsd, 'Express API')
        jsd.write('const broken = {')
        jsd.reload('goes on serving')
        check('a syntax error leaves the Express API answering',
              'SyntaxError' in jsd.output and request(jsd.port)[0] == 200, jsd.output[-2000:])


@test
def killed_under_load():
    """kill -9 costs the requests in flight of that worker, and nothing else."""
    with Server(app_text(1), workers=2) as jsd:
        pids = set()
        while len(pids) < 2:
            pids.add(jsd.get()['pid'])

        def run():
            time.sleep(1)
            os.kill(pids.pop(), signal.SIGKILL)
            jsd.wait_for('serves again')
        requests, wrong, output = wrk(jsd.port, 3, run=run)
        broken = sum(int(n) for line in wrong for n in re.findall(r'(?:connect|read|write|timeout) (\d+)', line))
        check('kill -9 under 64 connections breaks at most those of the killed worker',
              requests > 0 and broken <= 40 and not any('Non-2xx' in line for line in wrong), output)
        print(f'# kill -9 under load: {requests} requests, {broken} broken connections of 64')


@test
def overlapping_reloads():
    with Server(app_text(1)) as jsd:
        jsd.write(app_text(2))
        for _ in range(20):
            jsd.signal(signal.SIGHUP)
        jsd.wait_for('reloaded in')
        jsd.wait_for('generation 1 has drained')
        check('overlapping reloads end in the new code', jsd.get()['version'] == 2)
        check('... and are not carried out one by one', jsd.output.count('reloaded in') < 20, jsd.output)


@test
def killed_while_reloading():
    with Server(app_text(1)) as jsd:
        for _ in range(3):
            pid = jsd.get()['pid']
            jsd.signal(signal.SIGHUP)
            os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        since = len(jsd.output)
        jsd.signal(signal.SIGHUP)
        jsd.wait_for('reloaded in', since=since)
        check('killing workers amid reloads leaves a server that serves', jsd.get()['version'] == 1)


finish()
