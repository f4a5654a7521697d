"""Programs as people write them behave as on Node (the programs are in programs/)."""
import hashlib
import json
import os
import subprocess
import tempfile

from harness import JSD, NODE_PATH, TOP, Program, check, finish, free_port, request, test, wait_http

HERE = os.path.join(TOP, 'tests', 'e2e', 'programs')


def run(*args, **options):
    return subprocess.run([JSD, *args], capture_output=True, text=True, timeout=60,
                          env={**os.environ, 'NODE_PATH': NODE_PATH}, **options)


@test
def console_log():
    out = run(f'{HERE}/student.js')
    check('a script prints with console.log', out.stdout == 'Student: Aman\nAverage: 90\n' and out.returncode == 0,
          out.stdout + out.stderr)


@test
def welcome():
    with Program(f'{HERE}/welcome.js') as program:
        program.wait_for('Server running at http://localhost:3000/\n')
        status, headers, body = request(3000)
        check('an http server answers text/plain on port 3000',
              (status, headers['content-type'], body) == (200, 'text/plain', b'Welcome to Node.js'),
              (status, headers.items(), body))


@test
def read_file():
    with tempfile.TemporaryDirectory() as folder:
        with open(f'{folder}/message.txt', 'w') as f:
            f.write('Hello from the file')
        out = run(f'{HERE}/readfile.js', cwd=folder)
        check('fs.readFile calls back after the script ran',
              out.stdout == 'This line runs before the file finishes reading.\nHello from the file\n',
              out.stdout + out.stderr)
        os.remove(f'{folder}/message.txt')
        out = run(f'{HERE}/readfile.js', cwd=folder)
        check("fs.readFile reports a missing file in Node's words",
              "ENOENT: no such file or directory, open 'message.txt'" in out.stderr, out.stderr)


def api_checks(port):
    def call(path, body=None, token=None, raw=None):
        headers = {'Content-Type': 'application/json'}
        if token:
            headers['Authorization'] = f'Bearer {token}'
        payload = raw if raw is not None else json.dumps(body) if body is not None else None
        status, _, answer = request(port, path, 'POST' if payload is not None else 'GET', payload, headers)
        return status, json.loads(answer)

    user = {'username': 'aman', 'password': 'secret'}
    check('register', call('/register', user) == (201, {'message': 'registered'}))
    check('a second registration is refused', call('/register', user)[0] == 409)
    status, answer = call('/login', user)
    check('login gives a token', status == 200 and answer.get('token', '').count('.') == 2, answer)
    check('a wrong password is 401', call('/login', {**user, 'password': 'x'})[0] == 401)
    token = answer.get('token')
    check('the protected route knows the user', call('/profile', token=token) == (200, {'user': 'aman'}))
    check('a bad token is 401', call('/profile', token=token[:-2] + 'xx')[0] == 401)
    check('no token is 401', call('/profile')[0] == 401)
    check('bad JSON is 400', call('/login', raw='{"username":')[0] == 400)
    check('an unknown path is 404', request(port, '/nowhere')[0] == 404)


@test
def express_api():
    port = free_port()
    with Program(f'{HERE}/api/app.js', env={'PORT': str(port)}) as program:
        program.wait_for('API is listening')
        api_checks(port)


@test
def express_api_served():
    port = free_port()
    with Program('serve', f'{HERE}/api/app.js', '--workers', 1, '--listen', f'127.0.0.1:{port}') as program:
        program.wait_for('API is listening')
        wait_http(port)
        api_checks(port)


@test
def chat():
    port = free_port()
    with Program(f'{HERE}/chat.js', env={'PORT': str(port)}) as program:
        program.wait_for('chat is listening')
        out = run(f'{HERE}/chat-client.js', str(port))
        check('a chat over ws', out.stdout == 'bob heard {"from":"ann","text":"hello bob"}\nann heard 70000\nclosed 4000\n',
              out.stdout + out.stderr)


@test
def big_files():
    size = int(os.environ.get('BIG_FILE_MB', '1024')) << 20
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        source, target = f'{folder}/source', f'{folder}/target'
        block = os.urandom(1 << 20)
        digest = hashlib.sha1()
        with open(source, 'wb') as f:
            for _ in range(size >> 20):
                f.write(block)
                digest.update(block)
        with Program(f'{HERE}/files.js', source, target, env={'PORT': str(port)}) as program:
            program.wait_for('files is listening')
            base = json.loads(request(port, '/memory')[2])['rss']
            out = subprocess.run(f'curl -sS http://127.0.0.1:{port}/ | sha1sum', shell=True, capture_output=True,
                                 text=True, timeout=120)
            check('a big file streams out whole', out.stdout.split()[0] == digest.hexdigest(), out.stderr)
            memory = json.loads(request(port, '/memory')[2])
            grown = (memory['peak'] - base) >> 20
            check(f'at flat memory (+{grown} MB)', grown < 150)
            out = subprocess.run(['curl', '-sS', '-H', 'Expect:', '-T', source, f'http://127.0.0.1:{port}/up'],
                                 capture_output=True, text=True, timeout=120)
            check('a big upload arrives', out.stdout == str(size), out.stdout + out.stderr)
            same = subprocess.run(['cmp', source, target], capture_output=True)
            check('the upload is the same on disk', same.returncode == 0)
            memory = json.loads(request(port, '/memory')[2])
            grown = (memory['peak'] - base) >> 20
            check(f'the upload at flat memory (+{grown} MB)', grown < 150)


finish()
