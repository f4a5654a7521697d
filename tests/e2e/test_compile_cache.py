"""The compile cache of `jsd serve`: workers keep their app's compiled code in a private folder and start from it."""
import ctypes
import os
import re
import shutil
import signal
import tempfile

from harness import Program, check, finish, free_port, served, test, wait_http

APP = """
require('./part');
require('http').createServer((req, res) => res.end(require('./part').name)).listen(process.env.PORT);
"""
folder = tempfile.mkdtemp(prefix='jsd-e2e-')


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='utf8') as f:
        f.write(text)
    return path


def code_files(cache):
    return [name for name in os.listdir(cache) if name.endswith('.code')] if os.path.isdir(cache) else []


def serve_once(cache, config=''):
    """One start with one request and a stop: (body, what the worker says of the cache, files in the cache)."""
    port = free_port()
    conf = write('jsd.yaml', f'app: app.js\nlisten: 127.0.0.1:{port}\nworkers: 1\n{config}')
    env = {'CACHE_DIRECTORY': cache, 'NODE_DEBUG_NATIVE': 'COMPILE_CACHE'}
    with Program('serve', '-c', conf, env=env) as program:
        body = wait_http(port)[2].decode()
        program.wait_for('reload: kill')  # a worker may answer before its master has heard that it serves
        program.signal(signal.SIGTERM)
        program.wait()
        found = re.search(r'(\d+) modules used, (\d+) compiled', program.output)
        return body, found and (int(found[1]), int(found[2])), program.output


def wait_for_file(cache):
    """Waits for a name to appear in the folder, as inotifywait does."""
    libc = ctypes.CDLL(None)
    fd = libc.inotify_init()
    libc.inotify_add_watch(fd, cache.encode(), 0x80 | 0x100)  # IN_MOVED_TO, IN_CREATE
    while not code_files(cache):
        os.read(fd, 4096)
    os.close(fd)
    return code_files(cache)


@test
def second_start_uses_it():
    cache = os.path.join(folder, 'cache')
    write('app.js', APP)
    write('part.js', "exports.name = 'first';")
    body, counts, output = serve_once(cache)
    check('the first start compiles and writes', (body, counts) == ('first', (0, 2)) and len(code_files(cache)) == 1, output)
    check('the folder is private', os.stat(cache).st_mode & 0o077 == 0, oct(os.stat(cache).st_mode))
    body, counts, output = serve_once(cache)
    check('the second start compiles nothing', (body, counts) == ('first', (2, 0)), output)
    write('part.js', "exports.name = 'other';")
    body, counts, output = serve_once(cache)
    check('a changed module is compiled anew', (body, counts) == ('other', (1, 1)), output)


@test
def damaged_or_foreign():
    cache = os.path.join(folder, 'cache')
    path = os.path.join(cache, code_files(cache)[0])
    with open(path, 'r+b') as f:
        f.seek(os.path.getsize(path) // 2)
        f.write(b'damaged ' * 32)
    body, counts, output = serve_once(cache)
    check('a damaged file is served around', body == 'other' and counts[1] > 0, output)
    os.chmod(cache, 0o777)
    body, counts, output = serve_once(cache)
    check('a folder that others can write is not used', body == 'other' and counts is None, output)
    os.chmod(cache, 0o700)


@test
def configured():
    elsewhere = os.path.join(folder, 'elsewhere')
    unused = os.path.join(folder, 'unused')
    body, counts, output = serve_once(unused, 'compile_cache: off\n')
    check('compile_cache: off', body == 'other' and counts is None and not os.path.exists(unused), output)
    serve_once(unused, 'compile_cache: elsewhere\n')
    check('compile_cache: a folder', len(code_files(elsewhere)) == 1 and not os.path.exists(unused), os.listdir(folder))


@test
def idle_worker_writes():
    cache = os.path.join(folder, 'idle')
    port = free_port()
    conf = write('jsd.yaml', f'app: app.js\nlisten: 127.0.0.1:{port}\nworkers: 2\n')
    with Program('serve', '-c', conf, env={'CACHE_DIRECTORY': cache}) as program:
        wait_http(port)
        os.makedirs(cache, mode=0o700, exist_ok=True)
        names = wait_for_file(cache)
        check('an idle worker writes it, once for all workers', len(names) == 1, names)
        program.signal(signal.SIGTERM)
        check('and the stop is clean', program.wait() == 0, program.output)


shutil.rmtree(folder, ignore_errors=True)
finish()
