"""`jsd serve`: starting, failing to start, crashing, stopping; what a person at the terminal sees."""
import calendar
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

from harness import JSD, STAMP, TOP, Folder, Program, check, failing, finish, free_port, request, served, test

FETCH_APP = '''
import { randomUUID } from 'node:crypto';
function hangForEver() { while (true); }
const random = Math.random(), uuid = randomUUID();
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/slow') {
      let part = 0;
      const encoder = new TextEncoder();
      return new Response(new ReadableStream({
        async pull(controller) {
          if (part === 10) return controller.close();
          await new Promise((done) => setTimeout(done, 50));
          controller.enqueue(encoder.encode(`part ${part++}\\n`));
        },
      }));
    }
    if (pathname === '/die') process.kill(process.pid, 'SIGKILL');
    if (pathname === '/hang') hangForEver();
    if (pathname === '/crash') setTimeout(() => { throw new Error('crashed on request'); });
    return Response.json({ pid: process.pid, worker: process.env.JSD_WORKER, random, uuid, port: process.env.PORT });
  },
};
'''


def get(port, path='/'):
    status, _, body = request(port, path)
    assert status == 200, (status, body)
    return json.loads(body)


@test
def welcome_app():
    with Program('serve', '-c', f'{TOP}/conf/jsd.yaml', '--listen', '127.0.0.1:0', '--workers', '2') as jsd:
        port = served(jsd)
        status, headers, body = request(port)
        check('the welcome app answers a page', status == 200 and headers['content-type'].startswith('text/html') and
              b'It works.' in body, (status, headers.items(), body))
        check('the welcome app answers JSON', get(port, '/json')['hello'] == 'world')
        check('the start says address, workers and how to reload',
              '2 workers ready in ' in jsd.output and f'reload: kill -HUP {jsd.pid}' in jsd.output, jsd.output)
        jsd.signal(signal.SIGTERM)
        check('SIGTERM ends it with 0', jsd.wait() == 0, jsd.output)


@test
def start_failures():
    with Folder(FETCH_APP) as folder, socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, said = failing('serve', folder.app, '--listen', f'127.0.0.1:{port}')
        check('a port in use is one line and a non-zero exit',
              (code, said) == (1, f'jsd: cannot listen on 127.0.0.1:{port}: Address already in use\n'), (code, said))
        folder.write('port.yaml', f'app: app.mjs\nlisten: 127.0.0.1:{port}\n')
        code, said = failing('serve', '-c', 'port.yaml', cwd=folder.path)
        check('... with file and line where the config says it',
              said == f'jsd: port.yaml:2: cannot listen on 127.0.0.1:{port}: Address already in use\n', said)
        code, said = failing('serve', 'nope.js', cwd=folder.path)
        check('a missing app is one line and a non-zero exit',
              code == 1 and said == f'jsd: jsd serve: app {os.path.realpath(folder.path)}/nope.js: No such file or directory\n',
              (code, said))
        code, said = failing('serve', folder.write('throws.mjs', '\n\nthrow new Error("no database");\n'))
        check('an app that throws prints its stack and ends with 1',
              code == 1 and 'Error: no database' in said and 'throws.mjs:3' in said and
              said.count('jsd: cannot start') == 1 and said.count('Error: no database') == 1, (code, said))
        code, said = failing('serve', folder.write('syntax.mjs', 'export default {\n  fetch( {\n'))
        check('an app with a syntax error prints it and ends with 1',
              code == 1 and 'SyntaxError' in said and 'syntax.mjs:' in said, (code, said))
        code, said = failing('serve', folder.write('done.js', 'console.log("hi")\n'))
        check('an app that never listens ends with 1',
              code == 1 and 'the app exited without listening' in said, (code, said))
        code, said = failing('serve', folder.write('exit.js', 'process.exit(7)\n'), '--workers', '1')
        check('an app that exits by itself is told with its code',
              code == 1 and 'worker 0 exited with code 7 before it served' in said, (code, said))
        code, said = failing('serve', '--wrokers', '2', folder.app)
        check('a wrong option is one line and exit code 2', code == 2 and said.startswith('jsd: unknown option'), said)


@test
def check_command():
    with Folder(FETCH_APP, config='app: app.mjs\nworkers: 2\nlisten: 127.0.0.1:0\n') as folder:
        def checked(text):
            folder.write('jsd.yaml', text)
            run = subprocess.run([JSD, 'check', '-c', 'jsd.yaml'], capture_output=True, text=True, cwd=folder.path)
            return run.returncode, run.stdout, run.stderr
        code, out, said = checked('app: app.mjs\nworkers: 2\n')
        check('check prints what a valid file amounts to',
              code == 0 and 'workers: 2\n' in out and 'drain_timeout: 30s  # default\n' in out, (code, out, said))
        code, _, said = checked('app: app.mjs\n\nworkerz: 2\n')
        check('check names line, key and nearest key',
              (code, said) == (1, 'jsd: jsd.yaml:3: unknown key "workerz": did you mean "workers"?\n'), (code, said))
        code, _, said = checked('app: app.mjs\nworkers: two\nhttp:\n  header_timeout: 10\n')
        check('check reports every mistake with its line',
              code == 1 and 'jsd.yaml:2: "workers" must be' in said and
              'jsd.yaml:4: "http.header_timeout" must be a time' in said, said)
        os.mkdir(f'{folder.path}/folder')
        for text, wanted in [
                ('app: folder\n', 'jsd.yaml:1: app {0}/folder: a folder, not the app\'s entry file'),
                ('app: app.mjs\nworkers: 1\n---\nworkers: 2\n', 'jsd.yaml:4: a second document (after "---"): only one is read'),
                ('app: app.mjs\nrespawn:\n  delay: 1m\n', 'jsd.yaml:3: "respawn.delay" (1m) is above "respawn.delay_max" (30s)'),
                ('app: app.mjs\nlog: none/jsd.log\n', 'jsd.yaml:2: log {0}/none/jsd.log: No such file or directory'),
                ('app: app.mjs\npid_file: folder\n', 'jsd.yaml:2: pid_file {0}/folder: Is a directory')]:
            code, _, said = checked(text)
            wanted = f'jsd: {wanted.format(os.path.realpath(folder.path))}\n'
            check(f'check finds {text.encode()}', (code, said) == (1, wanted), (code, said))
            code, said = failing('serve', '-c', 'jsd.yaml', cwd=folder.path)
            check('... and so does serve', (code, said) == (1, wanted), (code, said))
        code, out, said = checked('app: app.mjs\nlisten: 18090\n')
        check('check says which address is every interface', 'listen: [::]:18090 (every interface)\n' in out, out)
        run = subprocess.run([JSD, 'check', '-c', f'{TOP}/conf/jsd.yaml'], capture_output=True, text=True)
        check('the default config is valid', run.returncode == 0, run.stderr)


@test
def own_listen():
    app = '''
    const http = require('http');
    const server = http.createServer((req, res) => res.end(JSON.stringify({ pid: process.pid, port: process.env.PORT })));
    server.listen(process.env.PORT || 3000, () => console.log('app listens on ' + server.address().port));
    '''
    with Folder(app, 'app.js') as folder, Program('serve', folder.app, '--workers', '2', '--listen', '127.0.0.1:0') as jsd:
        port = served(jsd)
        check("an app's own listen(PORT) gets the master's socket", get(port)['port'] == str(port), jsd.output)
        jsd.wait_for(f'app listens on {port}')
    with Folder(app.replace('process.env.PORT || 3000', '0'), 'app.js') as folder, \
            Program('serve', folder.app, '--workers', '2') as jsd:
        port = served(jsd)
        # Held open: connections that end at once may all be served by whoever is awake.
        held = [http.client.HTTPConnection('127.0.0.1', port, timeout=10) for _ in range(8)]
        workers = set()
        for connection in held:
            connection.request('GET', '/')
            workers.add(json.loads(connection.getresponse().read())['pid'])
        for connection in held:
            connection.close()
        check('workers that listen on port 0 share one port', len(workers) == 2, (workers, jsd.output))


@test
def killed_worker():
    with Folder(FETCH_APP) as folder, Program('serve', folder.app, '--workers', '1', '--listen', '127.0.0.1:0') as jsd:
        port = served(jsd)
        took = []
        for _ in range(3):
            before, since = get(port), len(jsd.output)
            start = time.monotonic()
            os.kill(before['pid'], signal.SIGKILL)
            jsd.wait_for('serves again', since=since)
            took.append((time.monotonic() - start) * 1000)
            assert get(port)['pid'] != before['pid']
            if len(took) == 1:
                check('a killed worker is named and replaced at once',
                      'was killed by SIGKILL; replaced at once' in jsd.output, jsd.output)
        check('a killed worker is ready again within 100 ms', took[0] <= 100, f'{took} ms')
        print(f'# respawn after kill -9: {took[0]:.1f} ms')


@test
def crash_loop():
    config = 'app: app.mjs\nworkers: 1\nlisten: 127.0.0.1:0\nrespawn:\n  delay: 20ms\n  delay_max: 100ms\n  crash_loop: 3\n'
    app = f'''import {{ readFileSync }} from 'node:fs';
        if (readFileSync(import.meta.dirname + '/state', 'utf8') !== 'fine') throw new Error('broken');
        {FETCH_APP}'''
    with Folder(app, config=config) as folder, Program('serve', '-c', folder.config) as jsd:
        folder.write('state', 'fine')
        port = served(jsd)
        folder.write('state', 'broken')
        os.kill(get(port)['pid'], signal.SIGKILL)
        jsd.wait_for('crash loop: 3 crashes in a row, next try in 40 ms')
        jsd.wait_for('crash loop: 5 crashes in a row, next try in 100 ms')
        folder.write('state', 'fine')
        jsd.wait_for('serves again')
        check('a crash loop is reported, slowed down, and ends when the app can start again', get(port)['worker'] == '0')


@test
def uncaught_exception():
    with Folder(FETCH_APP) as folder, Program('serve', folder.app, '--workers', '2', '--listen', '127.0.0.1:0') as jsd:
        port = served(jsd)
        request(port, '/crash')
        jsd.wait_for('exited with code 1; replaced at once')
        check('an uncaught exception ends one worker, with its stack', 'Error: crashed on request' in jsd.output)
        jsd.wait_for('serves again')
        check('the other workers serve on', get(port)['pid'] > 0)


@test
def poisonous_requests():
    """A request that kills its worker, again and again: only the killing requests themselves are lost."""
    with Folder(FETCH_APP) as folder, Program('serve', folder.app, '--workers', '2', '--listen', '127.0.0.1:0') as jsd:
        port = served(jsd)
        lost = answered = 0
        for round in range(1, 13):
            for _ in range(4):
                answered += get(port)['pid'] > 0
            try:
                request(port, '/die')
            except (http.client.HTTPException, OSError):
                lost += 1
        check('after twelve killing requests everything else was answered', (lost, answered) == (12, 48), (lost, answered))
        check('each killed worker was replaced at once', 'next try in' not in jsd.output, jsd.output)


def connections_answered(port, count):
    """Opens so many connections at once; how many were answered within two seconds."""
    answered = []
    def one():
        try:
            answered.append(request(port, '/', timeout=2)[0])
        except OSError:
            pass
    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(answered)


def send_only(port, path):
    """A request nobody waits for."""
    s = socket.create_connection(('127.0.0.1', port))
    s.sendall(f'GET {path} HTTP/1.1\r\nHost: x\r\n\r\n'.encode())
    return s


@test
def hanging_worker():
    config = 'app: app.mjs\nworkers: 2\nlisten: 127.0.0.1:0\nhang_timeout: 3s\n'
    with Folder(FETCH_APP, config=config) as folder, Program('serve', '-c', folder.config) as jsd:
        port = served(jsd)
        with send_only(port, '/hang'):
            answered = sum(connections_answered(port, 20) for _ in range(5))
            check('new connections avoid a worker that hangs', answered == 100, answered)
            jsd.wait_for('hung and was killed; replaced at once')
            check('a hanging worker is replaced, with its stack in the log', 'at hangForEver (' in jsd.output, jsd.output)
            jsd.wait_for('serves again')


@test
def stopped_worker():
    config = 'app: app.mjs\nworkers: 2\nlisten: 127.0.0.1:0\nhang_timeout: 2s\n'
    with Folder(FETCH_APP, config=config) as folder, Program('serve', '-c', folder.config) as jsd:
        port = served(jsd)
        pid = get(port)['pid']
        os.kill(pid, signal.SIGSTOP)
        answered = sum(connections_answered(port, 20) for _ in range(5))
        check('new connections avoid a worker that was stopped', answered >= 99, answered)
        jsd.wait_for('has been stopped for')
        os.kill(pid, signal.SIGCONT)
        check('a stopped worker is left alone', f'(pid {pid}) hangs' not in jsd.output, jsd.output)


@test
def drain_on_sigterm():
    with Folder(FETCH_APP) as folder, Program('serve', folder.app, '--workers', '2', '--listen', '127.0.0.1:0') as jsd:
        port = served(jsd)
        with socket.create_connection(('127.0.0.1', port)) as client:
            client.sendall(b'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
            got = client.recv(65536)
            while b'part 0' not in got:
                got += client.recv(65536)
            jsd.signal(signal.SIGTERM)
            while chunk := client.recv(65536):
                got += chunk
        check('a streaming response in flight finishes at SIGTERM', b'part 9\n' in got and got.endswith(b'0\r\n\r\n'), got)
        check('the master then exits with 0', jsd.wait() == 0, jsd.output)


@test
def drain_with_idle_connections():
    with Folder(FETCH_APP) as folder, Program('serve', folder.app, '--workers', '2', '--listen', '127.0.0.1:0') as jsd:
        port = served(jsd)
        clients = [socket.create_connection(('127.0.0.1', port)) for _ in range(8)]
        for client in clients:
            client.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
            assert b'200 OK' in client.recv(65536)
        start = time.monotonic()
        jsd.signal(signal.SIGINT)
        code = jsd.wait()
        check('idle keep-alive connections do not hold up a stop', code == 0 and time.monotonic() - start < 10,
              (code, time.monotonic() - start))
        for client in clients:
            client.close()


@test
def exit_handlers():
    app = 'process.on("exit", (code) => console.log(`closing with ${code}`));' + FETCH_APP
    with Folder(app) as folder, Program('serve', folder.app, '--workers', '1', '--listen', '127.0.0.1:0') as jsd:
        served(jsd)
        jsd.signal(signal.SIGTERM)
        jsd.wait()
        check("a stop runs the app's exit handlers", 'closing with 0' in jsd.output, jsd.output)


@test
def stop_at_once():
    for number in (signal.SIGQUIT, signal.SIGINT):
        with Folder(FETCH_APP) as folder, Program('serve', folder.app, '--workers', '2', '--listen', '127.0.0.1:0') as jsd:
            port = served(jsd)
            with socket.create_connection(('127.0.0.1', port)) as client:
                client.sendall(b'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
                client.recv(1)
                start = time.monotonic()
                jsd.signal(number)
                if number == signal.SIGINT:
                    time.sleep(0.05)  # two signals at once would be merged into one
                    jsd.signal(number)
                jsd.wait()
                check(f'{"SIGQUIT" if number == signal.SIGQUIT else "a second SIGINT"} stops at once',
                      time.monotonic() - start < 0.4, time.monotonic() - start)


@test
def workers_differ():
    with Folder(FETCH_APP) as folder, Program('serve', folder.app, '--workers', '4', '--listen', '127.0.0.1:0') as jsd:
        port = served(jsd)
        clients, answers = [], []
        for _ in range(64):
            client = socket.create_connection(('127.0.0.1', port))
            client.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
            answers.append(json.loads(client.recv(65536).split(b'\r\n\r\n', 1)[1]))
            clients.append(client)
        by_pid = {answer['pid']: answer for answer in answers}
        check('Math.random differs between workers', len({a['random'] for a in by_pid.values()}) == 4, by_pid)
        check('crypto differs between workers', len({a['uuid'] for a in by_pid.values()}) == 4, by_pid)
        counts = sorted(sum(a['pid'] == pid for a in answers) for pid in by_pid)
        check('64 keep-alive connections spread evenly over 4 workers', len(counts) == 4 and counts[-1] <= 24, counts)
        print(f'# connections per worker: {counts}')
        private = []
        for pid in by_pid:
            with open(f'/proc/{pid}/smaps_rollup') as file:
                rows = dict(re.findall(r'(\w+): +(\d+) kB', file.read()))
            private.append((int(rows['Private_Clean']) + int(rows['Private_Dirty'])) / 1024)
        check('an idle worker costs under 10 MB of private memory', max(private) < 10, private)
        print('# private memory per worker, MB: ' + ', '.join(f'{p:.1f}' for p in private))
        for client in clients:
            client.close()


@test
def log_and_pid_file():
    config = 'app: app.mjs\nworkers: 1\nlisten: 127.0.0.1:0\nlog: jsd.log\npid_file: jsd.pid\nenv:\n  GREETING: hello\n'
    app = 'console.log("greeting: " + process.env.GREETING);' + FETCH_APP
    with Folder(app, config=config) as folder, Program('serve', '-c', folder.config) as jsd:
        end = time.time() + 20
        said = ''
        while 'reload: kill' not in said and time.time() < end:
            time.sleep(0.02)
            if os.path.exists(f'{folder.path}/jsd.log'):
                said = open(f'{folder.path}/jsd.log').read()
        check('the log file has the lines of jsd and of the app', 'greeting: hello' in said and 'ready in' in said, said)
        check('the pid file holds the master', open(f'{folder.path}/jsd.pid').read() == f'{jsd.pid}\n')
        jsd.signal(signal.SIGTERM)
        jsd.wait()
        check('the pid file is removed', not os.path.exists(f'{folder.path}/jsd.pid'))


@test
def log_lines():
    with Folder(FETCH_APP) as folder, Program('serve', folder.app, '--workers', '1', '--listen', ':0') as jsd:
        port = int(re.search(r'on http://\[::\]:(\d+)\n', (jsd.wait_for('reload: kill'), jsd.output)[1]).group(1))
        os.kill(get(port)['pid'], signal.SIGKILL)
        jsd.wait_for('serves again')
        own = [line for line in jsd.output.splitlines() if 'jsd: ' in line]
        check('every line of jsd has time and level', own and all(re.match(STAMP, line) for line in own), jsd.output)
        said = time.strptime(own[0][:19], '%Y-%m-%dT%H:%M:%S')
        check('... the time in UTC', abs(calendar.timegm(said) - time.time()) < 60, own[0])
        check('... the level of a crash is warning', re.search(r'Z warning jsd: worker 0 .* was killed by SIGKILL', jsd.output))
        check('a server on every interface is told so',
              f'jsd: [::]:{port} is every interface; 127.0.0.1:{port} would be this machine only' in jsd.output, jsd.output)


@test
def configured_limits():
    http = "require('http').createServer((req, res) => { req.resume(); req.on('end', () => res.end('ok')); }).listen(process.env.PORT)"
    fetch = 'export default { async fetch(request) { await request.text(); return new Response("ok"); } };'
    config = ('workers: 1\nlisten: 127.0.0.1:0\nhttp:\n  max_body_bytes: 1kb\n  max_header_bytes: 2kb\n'
              '  keep_alive_timeout: 600ms\n  header_timeout: 900ms\n')
    for name, text in (('app.js', http), ('app.mjs', fetch)):
        with Folder(text, name, f'app: {name}\n{config}') as folder, Program('serve', '-c', folder.config) as jsd:
            port = served(jsd)
            check(f'{name}: max_body_bytes', request(port, '/', 'POST', b'x' * 2048)[0] == 413)
            check(f'{name}: max_header_bytes', request(port, '/', headers={'X': 'x' * 4096})[0] == 431)
            with socket.create_connection(('127.0.0.1', port)) as client:
                client.settimeout(10)
                client.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
                got, start = b'', time.monotonic()
                while chunk := client.recv(65536):
                    got += chunk
                took = time.monotonic() - start
                check(f'{name}: keep_alive_timeout', got.endswith(b'ok') and 0.4 < took < 4, (got, took))
            with socket.create_connection(('127.0.0.1', port)) as client:
                client.settimeout(10)
                client.sendall(b'GET / HTTP/1.1\r\nHos')
                got, start = b'', time.monotonic()
                while chunk := client.recv(65536):
                    got += chunk
                took = time.monotonic() - start
                check(f'{name}: header_timeout', b' 408 ' in got and 0.7 < took < 5, (got, took))


@test
def engine_flags():
    app = 'export default { fetch: () => Response.json([typeof gc, Error.stackTraceLimit]) };'
    config = 'app: app.mjs\nworkers: 1\nlisten: 127.0.0.1:0\nengine_flags: '
    with Folder(app, 'app.mjs', config + '--expose-gc --stack-trace-limit=3\n') as folder, \
            Program('serve', '-c', folder.config) as jsd:
        check('engine_flags reach the workers', get(served(jsd)) == ['function', 3])
    with Folder(app, 'app.mjs', config + '--expose-gc --frobnicate\n') as folder:
        code, said = failing('serve', '-c', folder.config)
        check('a flag that the engine does not know is an error of the start',
              code == 1 and 'engine_flags: the engine does not know all of them: --expose-gc --frobnicate' in said, (code, said))


@test
def service_manager():
    with Folder(FETCH_APP) as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        path = f'{folder.path}/notify'
        manager.bind(path)
        manager.settimeout(20)
        with Program('serve', folder.app, '--workers', '1', '--listen', '127.0.0.1:0', env={'NOTIFY_SOCKET': path}) as jsd:
            check('the service manager hears READY', b'READY=1' in manager.recv(4096))
            jsd.signal(signal.SIGHUP)
            check('... RELOADING', b'RELOADING=1' in manager.recv(4096))
            check('... READY again', b'READY=1' in manager.recv(4096))
            jsd.signal(signal.SIGTERM)
            check('... and STOPPING', b'STOPPING=1' in manager.recv(4096))


finish()
