"""What the e2e suites share: one line a check, a program started and ended with its test, waiting for events."""
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JSD = os.environ.get('JSD', os.path.join(TOP, 'build', 'jsd'))
NODE_PATH = os.path.join(TOP, 'tests', 'packages', 'node_modules')
# Compiled code of the apps under test goes here, not to the machine's own folder.
CACHE = tempfile.TemporaryDirectory(prefix='jsd-e2e-cache-')
passed = failed = 0


def check(name, condition, detail=''):
    """Prints `ok NAME` or `not ok NAME: detail`."""
    global passed, failed
    if condition:
        passed += 1
        print(f'ok {name}', flush=True)
    else:
        failed += 1
        print(f'not ok {name}: {detail}', flush=True)
    return condition


def test(function):
    """Runs a test function; an exception is a failed check. Returns it."""
    global failed
    try:
        function()
    except Exception as error:  # noqa: BLE001: any failure of a test is its result
        failed += 1
        print(f'not ok {function.__name__}: {type(error).__name__}: {error}', flush=True)
    return function


def finish():
    print(f'{passed} passed, {failed} failed')
    sys.exit(1 if failed else 0)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Program:
    """A child whose output is read as it comes; ended at the end of the `with`."""

    def __init__(self, *args, env=None, cwd=None, stdin=None, limit=None):
        self.output = ''
        self.changed = threading.Condition()
        self.child = subprocess.Popen(
            [*(['prlimit', f'--nofile={limit}'] if limit else []), JSD, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=stdin, cwd=cwd,
            env={**os.environ, 'NODE_PATH': NODE_PATH, 'CACHE_DIRECTORY': CACHE.name, **(env or {})}, start_new_session=True)
        self.pid = self.child.pid
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while chunk := os.read(self.child.stdout.fileno(), 65536):
            with self.changed:
                self.output += chunk.decode(errors='replace')
                self.changed.notify_all()

    def wait_for(self, text, seconds=20, since=0):
        """Waits until `text` was printed (from offset `since` on). Raises when it is not."""
        with self.changed:
            if not self.changed.wait_for(lambda: text in self.output[since:], seconds):
                raise AssertionError(f'no {text!r} within {seconds} s in: {self.output[-2000:]}')

    def wait(self, seconds=20):
        """The exit code, with all output read."""
        code = self.child.wait(seconds)
        self.reader.join(5)
        return code

    def signal(self, number):
        self.child.send_signal(number)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, signal.SIGKILL)
                self.child.wait()


def request(port, path='/', method='GET', body=None, headers=None, timeout=10):
    """One HTTP request on its own connection: (status, headers, body as bytes)."""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def wait_http(port, path='/', seconds=20):
    end = time.time() + seconds
    while True:
        try:
            return request(port, path)
        except OSError:
            if time.time() > end:
                raise
            time.sleep(0.01)


class Folder:
    """A temporary folder with an app and perhaps a config."""

    def __init__(self, app, name='app.mjs', config=None):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = self.temporary.name
        self.app = self.write(name, app)
        self.config = self.write('jsd.yaml', config) if config is not None else None

    def write(self, name, text):
        path = f'{self.path}/{name}'
        with open(path, 'w') as file:
            file.write(text)
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()


def served(program, seconds=20):
    """Waits until it serves; the port that it says."""
    program.wait_for('reload: kill', seconds)
    return int(re.search(r'on http://[^ ]*:(\d+)\n', program.output).group(1))


STAMP = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warning|error) (?=jsd: )'


def unstamped(text):
    """The log without time and level of jsd's own lines."""
    return re.sub('^' + STAMP, '', text, flags=re.MULTILINE)


def failing(*args, cwd=None):
    """Runs jsd to its end: (exit code, what it said)."""
    run = subprocess.run([JSD, *args], capture_output=True, text=True, timeout=60, cwd=cwd)
    return run.returncode, unstamped(run.stderr)
