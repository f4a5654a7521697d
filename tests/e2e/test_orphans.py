"""A master that is killed (kill -9): its addresses are free at once, what is in flight has a short grace, nobody stays."""
import os
import signal
import socket
import threading
import time

from harness import Folder, Program, check, finish, free_port, request, served, test

APP = '''
import http from 'node:http';
http.createServer((req, res) => {
  if (req.url === '/stuck') { process.stdout.write('stuck now\\n'); for (;;); }
  if (req.url === '/slow') { process.stdout.write('slow now\\n'); return setTimeout(() => res.end('slow'), 1000); }
  res.end(String(process.pid));
}).listen(process.env.PORT);
'''
CONFIG = 'app: app.mjs\nworkers: {workers}\nlisten: 127.0.0.1:{port}\ndrain_timeout: 4s\n'


def children(pid):
    with open(f'/proc/{pid}/task/{pid}/children') as file:
        return [int(child) for child in file.read().split()]


def until(condition, seconds):
    """How long it took, or None."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            return None
        time.sleep(0.01)
    return time.monotonic() - start


def refused(port):
    try:
        socket.create_connection(('127.0.0.1', port), timeout=5).close()
        return False
    except OSError:
        return True


def gone(pids):
    """Whoever is nobody's child any more may stay a zombie where nobody reaps orphans."""
    def alive(pid):
        try:
            with open(f'/proc/{pid}/stat') as file:
                return file.read().rsplit(') ', 1)[1][0] != 'Z'
        except OSError:
            return False
    return not any(alive(pid) for pid in pids)


def killed(workers, before, name, grace):
    """Kills a master after before(port, jsd); checks that its port is free at once and that all its processes end."""
    port = free_port()
    with Folder(APP, config=CONFIG.format(workers=workers, port=port)) as folder, \
            Program('serve', '-c', folder.config) as jsd:
        served(jsd)
        finished = before(port, jsd)
        pids = children(jsd.pid)
        jsd.signal(signal.SIGKILL)
        jsd.child.wait()
        took = until(lambda: refused(port), 10)
        check(f'{name}: the port refuses within half a second', took is not None and took < 0.5, took)
        with Program('serve', '-c', folder.config) as next_one:
            served(next_one)
            check('... and the next master serves there', request(port)[0] == 200, next_one.output)
        if finished:
            finished()
        took = until(lambda: gone(pids), 20)
        check(f'... and every process ends within {grace} s', took is not None and took < grace, took)
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass


@test
def idle_keep_alive():
    def before(port, jsd):
        client = socket.create_connection(('127.0.0.1', port))
        client.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        client.recv(65536)
        return client.close
    killed(1, before, 'one idle keep-alive connection', 3)


@test
def stuck_worker():
    def before(port, jsd):
        client = socket.create_connection(('127.0.0.1', port))
        client.sendall(b'GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n')
        jsd.wait_for('stuck now')
        return client.close
    killed(1, before, 'the only worker is stuck', 8)
    killed(2, before, 'one of two workers is stuck', 8)


@test
def request_in_flight():
    answers = []

    def before(port, jsd):
        thread = threading.Thread(target=lambda: answers.append(request(port, '/slow')[2]))
        thread.start()
        jsd.wait_for('slow now')

        def finished():
            thread.join()
            check('a request in flight is answered', answers == [b'slow'], answers)
        return finished
    killed(1, before, 'a request in flight', 4)


finish()
