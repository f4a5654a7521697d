"""A generation keeps its code (code_store): a worker that is replaced, or loads something late, runs what its siblings
run, whatever a deploy has done to the files since; new code comes with a reload."""
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import time

from harness import JSD, Folder, Program, check, finish, free_port, request, served, test, wait_http

SERVE = """
const answer = (path) => ({ pid: process.pid, ...what(...path.slice(1).split('?')) });
"""
COMMONJS = """
const fs = require('fs');
const name = [require('./part').name, require('dep').name, require('dep/extra').name, require('./data').name].join(' ');
let optional = 'none';
try { optional = require('optional').name; } catch {}
let made;
try { made = require('./made').name; } catch {
  fs.writeFileSync(__dirname + '/made.js', 'exports.name = "made";');
  made = require('./made').name;
}
const what = (load, more) => {
  if (load === 'where') return { name: require.resolve(`./file${more}`) };
  if (load === 'file') return { name: require(`./file${more}`).name };
  if (load === 'lazy') return { name: require('./lazy').name };
  if (load === 'late') return { name: require('./late.json').name };
  if (load === 'read') return { name: fs.readFileSync(__dirname + '/part.js', 'utf8') };
  if (load === 'again') {
    delete require.cache[require.resolve('./part')];
    return { name: require('./part').name };
  }
  if (load === 'made') {
    try { return { name: require('./made-later').name }; } catch {}
    fs.writeFileSync(__dirname + '/made-later.js', 'exports.name = "made later";');
    return { name: require('./made-later').name };
  }
  return { name, optional, made };
};
""" + SERVE + """
require('http').createServer((req, res) => res.end(JSON.stringify(answer(req.url)))).listen(process.env.PORT);
"""
OLD = 'old part, old dep, old extra, old data'.replace(',', '')


def tree(folder, kind):
    """The files that the app loads."""
    folder.write('part.js', f"exports.name = '{kind} part';")
    folder.write('lazy.js', f"exports.name = '{kind} lazy';")
    folder.write('data.json', json.dumps({'name': f'{kind} data'}))
    folder.write('late.json', json.dumps({'name': f'{kind} late'}))
    os.makedirs(f'{folder.path}/node_modules/dep/lib', exist_ok=True)
    folder.write('node_modules/dep/package.json',
                 json.dumps({'name': 'dep', 'exports': {'.': './lib/main.js', './extra': './lib/extra.js'}}))
    folder.write('node_modules/dep/lib/main.js', f"exports.name = '{kind} dep';")
    folder.write('node_modules/dep/lib/extra.js', f"exports.name = '{kind} extra';")


def half_deploy(folder):
    """What a broken-off deploy leaves: broken, replaced and missing files, and new ones in front of old ones."""
    folder.write('part.js', 'this is no JavaScript')
    folder.write('lazy.js', "exports.name = 'new lazy';")
    folder.write('part', "exports.name = 'in front';")
    folder.write('data', "exports.name = 'in front';")
    folder.write('data.js', "exports.name = 'in front';")
    folder.write('data.json', '{"name": ')
    folder.write('package.json', '{"type": "module"}')
    folder.write('node_modules/dep/package.json', json.dumps({'name': 'dep', 'exports': {'.': './new.js'}}))
    folder.write('node_modules/dep/new.js', "exports.name = 'new dep';")
    shutil.rmtree(f'{folder.path}/node_modules/dep/lib')
    os.makedirs(f'{folder.path}/node_modules/optional')
    folder.write('node_modules/optional/index.js', "exports.name = 'optional';")


def ask(port, path='/'):
    return json.loads(request(port, path)[2])


def all_workers(port, path='/', count=2, known=()):
    """Answers by pid, until `count` workers have answered."""
    answers, end = {}, time.time() + 20
    while len(answers) < count:
        if time.time() > end:
            raise AssertionError(f'only {answers}')
        answer = ask(port, path)
        if answer['pid'] not in known:
            answers[answer['pid']] = answer
    return answers


def kill_all(program, port, count=2):
    """SIGKILL to every worker; the answers of those that replace them."""
    at = len(program.output)
    old = all_workers(port, count=count)
    for pid in old:
        os.kill(pid, signal.SIGKILL)
    end = time.time() + 20
    while program.output[at:].count('serves again') < count:
        if time.time() > end:
            raise AssertionError(program.output[at:])
        time.sleep(0.01)
    return all_workers(port, count=count, known=old)


def config(port, app='app.js', workers=2, more=''):
    return f'app: {app}\nlisten: 127.0.0.1:{port}\nworkers: {workers}\ncompile_cache: off\n{more}'


def app_folder(app=COMMONJS, name='app.js', more='', workers=2):
    port = free_port()
    folder = Folder(app, name, config(port, name, workers, more))
    tree(folder, 'old')
    return folder, port


def reload(program, result):
    at = len(program.output)
    program.signal(signal.SIGHUP)
    program.wait_for(result, since=at)


@test
def half_finished_deploy():
    folder, port = app_folder()
    with folder, Program('serve', '-c', folder.config) as program:
        served(program)
        first = all_workers(port)
        check('both workers run the old code', {a['name'] for a in first.values()} == {OLD}, first)
        half_deploy(folder)
        reload(program, 'reload failed')
        second = kill_all(program, port)
        check('after a failed reload, what replaces killed workers runs the old code',
              {a['name'] for a in second.values()} == {OLD}, second)
        check('... and has not found what was not there', {a['optional'] for a in second.values()} == {'none'}, second)
        for entry in os.listdir(folder.path):
            path = f'{folder.path}/{entry}'
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        third = kill_all(program, port)
        check('it does when there are no files at all', {a['name'] for a in third.values()} == {OLD}, third)
        check('... one that the app made for itself among them', {a['made'] for a in third.values()} == {'made'}, third)


@test
def off():
    folder, port = app_folder(more='code_store: 0\nrespawn: {delay: 20ms}\n', workers=1)
    with folder, Program('serve', '-c', folder.config) as program:
        served(program)
        pid = ask(port)['pid']
        folder.write('part.js', "exports.name = 'new part';")
        os.kill(pid, signal.SIGKILL)
        program.wait_for('serves again')
        check('without it, a replacement loads what is there', ask(port)['name'].startswith('new part'), program.output)


@test
def late():
    folder, port = app_folder()
    with folder, Program('serve', '-c', folder.config) as program:
        served(program)
        first = ask(port, '/lazy')
        folder.write('lazy.js', "exports.name = 'new lazy';")
        folder.write('lazy', "exports.name = 'in front';")
        folder.write('late.json', '{"name": "new late"}')
        answers = all_workers(port, '/lazy')
        check('what a sibling has loaded late counts for all',
              first['name'] == 'old lazy' and {a['name'] for a in answers.values()} == {'old lazy'}, answers)
        check('nobody had loaded it: the file as it is now', ask(port, '/late')['name'] == 'new late')
        folder.write('late.json', '{"name": "newest late"}')
        again = kill_all(program, port)
        late = all_workers(port, '/late')
        check('... and that counts from then on', {a['name'] for a in late.values()} == {'new late'}, (again, late))
        folder.write('part.js', "exports.name = 'new part';")
        again = all_workers(port, '/again')
        check('required again after it left require.cache: the same',
              {a['name'] for a in again.values()} == {'old part'}, again)
        check('a file that the app reads itself is read', 'new part' in ask(port, '/read')['name'])
        made = all_workers(port, '/made')
        check('a module that a request makes is found', {a['name'] for a in made.values()} == {'made later'}, made)
        os.unlink(f'{folder.path}/lazy')
        tree(folder, 'new')
        reload(program, 'reloaded in')
        for path, name in (('/', OLD.replace('old', 'new')), ('/lazy', 'new lazy'), ('/late', 'new late')):
            answers = all_workers(port, path, known=again)
            check(f'a reload takes the new code: {path}', {a['name'] for a in answers.values()} == {name}, answers)


def connections(port):
    """A kept connection to each of two workers: [(connection, pid)]."""
    found, end = {}, time.time() + 20
    while len(found) < 2 and time.time() < end:
        connection = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
        connection.request('GET', '/')
        found.setdefault(json.loads(connection.getresponse().read())['pid'], connection)
    return [(connection, pid) for pid, connection in found.items()]


def waits_for_the_master(pid):
    """Waits until the worker is in poll(2), in which it waits for an answer; its loop is in epoll_wait(2)."""
    while open(f'/proc/{pid}/syscall').read().split()[0] != '7':
        pass


@test
def at_the_same_time():
    folder, port = app_folder()
    with folder, Program('serve', '-c', folder.config) as program:
        served(program)
        (one, first), (two, second) = connections(port)
        for attempt in range(5):  # the workers wait for a second only
            path = f'/file?{attempt}'
            folder.write(f'file{attempt}.js', "exports.name = 'old';")
            ask(port, f'/where?{attempt}')  # only the text is left to be settled
            begin = time.time()
            program.signal(signal.SIGSTOP)
            one.request('GET', path)
            waits_for_the_master(first)
            folder.write(f'file{attempt}.js', "exports.name = 'new';")
            two.request('GET', path)
            waits_for_the_master(second)
            program.signal(signal.SIGCONT)
            took = time.time() - begin
            answers = [json.loads(c.getresponse().read())['name'] for c in (one, two)]
            if took < 0.7:
                break
        check('two workers load a file at the same time, a deploy in between: both run the first text',
              answers == ['old', 'old'], (took, answers))
        program.signal(signal.SIGSTOP)
        one.request('GET', '/lazy')
        name = json.loads(one.getresponse().read())['name']
        program.signal(signal.SIGCONT)
        check('a master that does not answer holds nobody up for ever', name == 'old lazy', name)


MODULES = """
import { name as part } from './part.mjs';
import data from './data.json' with { type: 'json' };
import dep, { name as depName } from 'dep';
import { createRequire } from 'node:module';
import { commonName } from './common.cjs';
const require = createRequire(import.meta.url);
const own = await import('#own');
let optional = 'none';
try { optional = (await import('optional')).name; } catch {}
const name = [part, depName, data.name, commonName, require('./required.mjs').name, own.name].join(', ');
const answer = async (path) => path === '/lazy' ? { name: (await import('./lazy.mjs')).name } : { name, optional };
export default { async fetch(request) {
  return Response.json({ pid: process.pid, ...await answer(new URL(request.url).pathname) });
} };
"""


def modules_tree(folder, kind):
    for name in ('part.mjs', 'required.mjs', 'lazy.mjs', 'own.mjs'):
        folder.write(name, f"export const name = '{kind} {name}';")
    folder.write('data.json', json.dumps({'name': f'{kind} data'}))
    folder.write('common.cjs', f"exports.commonName = '{kind} common';")
    folder.write('package.json', '{"name": "app", "imports": {"#own": "./own.mjs"}}')
    os.makedirs(f'{folder.path}/node_modules/dep', exist_ok=True)
    folder.write('node_modules/dep/package.json', '{"name": "dep", "type": "module", "exports": "./main.js"}')
    folder.write('node_modules/dep/main.js', f"export const name = '{kind} dep'; export default 1;")


@test
def modules():
    port = free_port()
    folder = Folder(MODULES, 'app.mjs', config(port, 'app.mjs'))
    modules_tree(folder, 'old')
    old = 'old part.mjs, old dep, old data, old common, old required.mjs, old own.mjs'
    with folder, Program('serve', '-c', folder.config) as program:
        served(program)
        first = ask(port, '/lazy')['name']
        folder.write('lazy.mjs', "export const name = 'new';")
        lazy = all_workers(port, '/lazy')
        check('import() late: what a sibling has',
              {first} == {a['name'] for a in lazy.values()} == {'old lazy.mjs'}, lazy)
        os.makedirs(f'{folder.path}/node_modules/optional')
        folder.write('node_modules/optional/index.js', "exports.name = 'optional';")
        folder.write('node_modules/dep/package.json', '{"name": "dep"}')
        folder.write('node_modules/dep/index.js', 'broken(')
        folder.write('package.json', '{"name": "app", "imports": {"#own": "./part.mjs"}}')
        for name in ('part.mjs', 'common.cjs', 'data.json', 'required.mjs'):
            folder.write(name, 'broken(')
        reload(program, 'reload failed')
        for name in ('part.mjs', 'common.cjs', 'data.json', 'own.mjs', 'app.mjs', 'node_modules/dep/main.js'):
            os.unlink(f'{folder.path}/{name}')
        again = kill_all(program, port)
        check('ES modules, JSON, import() and require() of ES modules',
              {(a['name'], a['optional']) for a in again.values()} == {(old, 'none')}, again)
        lazy = all_workers(port, '/lazy')
        check('... also late ones', {a['name'] for a in lazy.values()} == {'old lazy.mjs'}, lazy)


@test
def full():
    folder, port = app_folder(more='code_store: 64kb\n')
    with folder:
        folder.write('part.js', f"exports.name = 'old part'; /* {'x' * 100000} */")
        with Program('serve', '-c', folder.config) as program:
            served(program)
            check('a full store is told', 'code_store (65536 bytes) is full' in program.output, program.output)
            tree(folder, 'new')
            folder.write('part.js', "exports.name = 'new part';")
            again = kill_all(program, port)
            check('what did not fit in comes from disk',
                  {a['name'].split(' old')[0] for a in again.values()} == {'new part'}, again)
            lazy = all_workers(port, '/lazy')
            check('... and so does what is loaded late', {a['name'] for a in lazy.values()} == {'new lazy'}, lazy)
            check('... and it was told once', program.output.count('is full') == 1, program.output)


def memory_of(pid):
    """Bytes of the generation's store that are in use, as its mapping's file says."""
    for line in open(f'/proc/{pid}/maps'):
        if 'memfd:jsd-code' in line:
            start, end = (int(part, 16) for part in line.split()[0].split('-'))
            with open(f'/proc/{pid}/mem', 'rb') as memory:
                memory.seek(start + 24)
                return int.from_bytes(memory.read(8), 'little')
    return 0


def mappings(pid):
    """How a process maps generations' code: ["r--s", ...]."""
    return [line.split()[1] for line in open(f'/proc/{pid}/maps') if 'memfd:jsd-code' in line]


def descriptors(pid):
    """Its descriptors of generations' code."""
    links = [os.readlink(f'/proc/{pid}/fd/{name}') for name in os.listdir(f'/proc/{pid}/fd')]
    return [link for link in links if 'jsd-code' in link]


@test
def who_writes():
    folder, port = app_folder(more='probation: 10ms\n')
    with folder, Program('serve', '-c', folder.config) as program:
        served(program)
        ask(port, '/lazy')
        children = open(f'/proc/{program.pid}/task/{program.pid}/children').read().split()
        held = [(mappings(pid), descriptors(pid)) for pid in children]
        check('zygote and workers can read the code, and have no way to write it', held == [(['r--s'], [])] * 3, held)
        for _ in range(3):
            at = len(program.output)
            reload(program, 'reloaded in')
            program.wait_for('has drained', since=at)
        end = time.time() + 20
        while len(mappings(program.pid)) > 1 and time.time() < end:  # it is said before it is done
            pass
        held = (mappings(program.pid), len(descriptors(program.pid)))
        check('the code of a generation goes with it', held == (['rw-s'], 1), held)


@test
def compiled():
    folder, port = app_folder(workers=1)
    with folder, Program('serve', '-c', folder.config) as program:
        served(program)
        pid = ask(port)['pid']
        texts = used = memory_of(pid)
        end = time.time() + 20
        while used == texts and time.time() < end:  # written in the first idle second
            time.sleep(0.05)
            used = memory_of(pid)
        check('compiled code is kept too', used > texts > 0, (texts, used))
        again = kill_all(program, port, 1)
        check('... and replacements run from it', {a['name'] for a in again.values()} == {OLD}, again)


@test
def keys():
    folder, port = app_folder(more='code_store: 1kb\n')
    with folder:
        run = subprocess.run([JSD, 'check', '-c', folder.config], capture_output=True, text=True)
        check('too small a size is refused', run.returncode == 1 and 'code_store' in run.stderr, run)
        run = subprocess.run([JSD, 'check', '--keys'], capture_output=True, text=True)
        check('the key is listed', re.search(r'^code_store', run.stdout, re.M) and '64mb' in run.stdout, run.stdout)


finish()
