#!/usr/bin/env python3
"""`make install` into a folder: it runs from there with nothing else around, from wherever it is moved to, shows
nothing of its private loader, survives being installed over, and goes away again."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from harness import TOP, check, finish, free_port, request, test, wait_http

WORK = tempfile.mkdtemp(prefix='jsd-install-')
DEST = os.path.join(WORK, 'dest')
JSD = os.path.join(DEST, 'usr/bin/jsd')
LIBRARIES = os.path.join(DEST, 'usr/lib/jsd')
# A root of its own for the program: nothing below but what was installed, /proc and /dev.
ENTER = '''set -e; mount --make-rprivate /; mkdir -p "$1/proc" "$1/dev" "$1/tmp"
mount --rbind /proc "$1/proc"; mount --rbind /dev "$1/dev"; root=$1; shift; exec chroot "$root" "$@"'''
NAMESPACE = ['unshare', '--mount', *([] if os.getuid() == 0 else ['--user', '--map-root-user'])]
# A container may forbid them to an ordinary user.
NAMESPACES_WORK = subprocess.run([*NAMESPACE, 'true'], stderr=subprocess.DEVNULL).returncode == 0


def run(*command, env=None, **options):
    """(exit code, standard output, standard error) with an environment of `env` alone."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                          env=env or {}, **options)
    return done.returncode, done.stdout, done.stderr


def make(target):
    done = subprocess.run(['make', '--no-print-directory', '-C', TOP, target, 'PREFIX=/usr', f'DESTDIR={DEST}'],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={k: v for k, v in os.environ.items() if 'MAKE' not in k and k != 'MFLAGS'})
    if done.returncode != 0:
        raise RuntimeError(done.stdout[-2000:])


def read(name):
    with open(os.path.join(DEST, name)) as file:
        return file.read()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as file:
        file.write(text)


def files():
    return sorted(os.path.relpath(os.path.join(folder, name), DEST)
                  for folder, _, names in os.walk(DEST) for name in names)


def isolated(*command):
    return [*NAMESPACE, 'sh', '-c', ENTER, 'sh', DEST, *command]


def what_lands_where():
    make('install')
    have = files()
    for name in ('usr/bin/jsd', 'usr/lib/jsd/ld-linux-x86-64.so.2', 'usr/lib/jsd/libc.so.6',
                 'usr/lib/jsd/engine.manifest', 'usr/lib/systemd/system/jsd.service', 'usr/share/man/man1/jsd.1',
                 'usr/share/man/man5/jsd.yaml.5', 'usr/share/doc/jsd/README.md', 'etc/jsd/jsd.yaml'):
        check(f'installed: {name}', name in have, have)
    listed = read('usr/lib/jsd/installed').split('\n')[:-1]
    check('the list of files is the files', ['/' + name for name in have if name != 'etc/jsd/jsd.yaml'] == listed)
    unit = read('usr/lib/systemd/system/jsd.service')
    check('the unit names the installed files', 'ExecStart=/usr/bin/jsd serve -c /etc/jsd/jsd.yaml\n' in unit, unit)
    text = read('usr/share/man/man1/jsd.1')
    help_text = run(JSD, '--help')[1] + run(JSD, 'serve', '--help')[1]
    options = set(re.findall(r'^ +(?:-\w, +)?(--[\w-]+)', help_text, re.M)) - {'--env-file-if-exists'}
    missing = [option for option in options if option.replace('-', r'\-') not in text]
    check('the manual page has every option of --help', len(options) > 15 and not missing, missing)
    keys = re.findall(r'^([a-z_.]+)  \(', run(JSD, 'check', '--keys')[1], re.M)
    text = read('usr/share/man/man5/jsd.yaml.5')
    check('the manual page has every key', len(keys) > 15 and all(f'.B {key}\n' in text for key in keys), keys)
    traces = [name for name in have if TOP.encode() in open(os.path.join(DEST, name), 'rb').read()]
    check('no file names the build tree', not traces, traces)


def alone_in_the_world():
    if not NAMESPACES_WORK:
        print('# no namespaces here')
        return
    code = '''require("child_process").fork("-", { execArgv: ["-p", "process.execPath"] })
      .on("exit", () => console.log(process.execPath))'''
    done = run(*isolated('/usr/bin/jsd', '-e', code), env={'PATH': os.environ['PATH']})
    check('runs with nothing else around, and forks', done == (0, '/usr/bin/jsd\n/usr/bin/jsd\n', ''), done)
    port = free_port()
    command = ('/usr/bin/jsd', 'serve', '-c', '/etc/jsd/jsd.yaml', '--listen', f'127.0.0.1:{port}')
    server = subprocess.Popen(isolated(*command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        check('serves the installed configuration', wait_http(port)[0] == 200)
        server.send_signal(signal.SIGTERM)
        check('and stops', server.wait(20) == 0)
    finally:
        if server.poll() is None:
            server.kill()


def transparent():
    code = '''console.log(process.execPath, JSON.stringify(process.env));
      console.log(require("child_process").execFileSync("/usr/bin/env", [], { encoding: "utf8" }));'''
    done = run(JSD, '-e', code)
    check('neither jsd nor a child of it sees a variable of the loader', done == (0, f'{JSD} {{}}\n\n', ''), done)
    link = os.path.join(WORK, 'link')
    os.symlink(JSD, link)
    check('through a symbolic link', run(link, '-p', 'process.execPath')[1] == f'{JSD}\n')
    check('under another name', run('anything', '-p', 'process.execPath', executable=JSD)[1] == f'{JSD}\n')
    moved = os.path.join(WORK, 'moved to', 'here')
    os.makedirs(os.path.dirname(moved))
    os.rename(DEST, moved)
    program = os.path.join(moved, 'usr/bin/jsd')
    done = run(program, '-p', 'process.execPath', cwd='/')
    os.rename(moved, DEST)
    check('from a folder that it was moved to', done == (0, f'{program}\n', ''), done)
    for limit in ('256', 'unlimited'):
        done = run('sh', '-c', f'ulimit -s {limit} && exec {JSD} -p 1', env={'PATH': os.environ['PATH']})
        check(f'with a stack of {limit}', done[1] == '1\n', done)
    done = run('sh', '-c', f'exec {JSD} -p 1 <&-', env={'PATH': os.environ['PATH']})
    check('with standard input closed', done == (0, '1\n', ''), done)
    done = run('setarch', '-R', JSD, '-p', '1', env={'PATH': os.environ['PATH']})
    check('without randomized addresses', done == (0, '1\n', ''), done)


def libraries_of_the_machine():
    # libnode has a RUNPATH: what it needs would be taken from here.
    junk = os.path.join(WORK, 'junk')
    for name in os.listdir(LIBRARIES):
        if '.so' in name:
            write(os.path.join(junk, name), 'no library')
    done = run(JSD, '-p', '1', env={'LD_LIBRARY_PATH': junk})
    check('LD_LIBRARY_PATH can give it no other libraries', done == (0, '1\n', ''), done)
    # As an addon from another machine: C++, threads, a RUNPATH, libpthread and libdl asked for by name.
    write(os.path.join(WORK, 'addon.cc'), '''
#include <dlfcn.h>
#include <stdio.h>
#include <string>
#include <thread>
__attribute__((constructor)) static void loaded() {
  std::string text;
  const bool found = dlsym(RTLD_DEFAULT, "napi_create_object");
  std::thread([&] { text = found ? "addon loaded" : "no napi_create_object"; }).join();
  try { throw text; } catch (const std::string &caught) { puts(caught.c_str()); fflush(stdout); }
}''')
    addon = os.path.join(WORK, 'addon.so')
    subprocess.run(['g++', '-shared', '-fPIC', '-o', addon, addon[:-2] + 'cc', '-Wl,--no-as-needed', '-lpthread',
                    '-ldl', '-lrt', '-Wl,-rpath,$ORIGIN', '-Wl,--enable-new-dtags'], check=True)
    done = run(JSD, '-p', '1', env={'LD_PRELOAD': addon})
    check("a library of the machine's compiler loads, and finds Node-API", done == (0, 'addon loaded\n1\n', ''), done)


def one_line(name, done, part):
    good = done[:2] == (127, '') and re.fullmatch(r'jsd: [^\n]*\n', done[2]) and part in done[2]
    check(f'{name}: one line, 127', good, done)


def not_whole():
    loader = os.path.join(LIBRARIES, 'ld-linux-x86-64.so.2')
    os.rename(loader, loader + '.away')
    done = run(JSD, '-p', '1')
    one_line('without its loader', done, 'ld-linux-x86-64.so.2')
    write(loader, 'nothing of the kind')
    done = run(JSD, '-p', '1')
    one_line('with something else in its place', done, 'this is no loader')
    os.rename(loader + '.away', loader)
    if NAMESPACES_WORK:
        done = run(*NAMESPACE, 'chroot', DEST, '/usr/bin/jsd', '-p', '1', env={'PATH': os.environ['PATH']})
        one_line('without /proc', done, '/proc')


def installed_over_while_it_runs():
    app = os.path.join(WORK, 'app.mjs')
    write(app, 'export default { fetch: () => new Response("one") }')
    port = free_port()
    server = subprocess.Popen([JSD, 'serve', app, '--workers', '1', '--listen', f'127.0.0.1:{port}'],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={})
    try:
        check('before', wait_http(port)[2] == b'one')
        write(os.path.join(LIBRARIES, 'libgone.so.1'), 'of an older version')
        write(os.path.join(LIBRARIES, 'installed'), read('usr/lib/jsd/installed') + '/usr/lib/jsd/libgone.so.1\n')
        with open(os.path.join(DEST, 'etc/jsd/jsd.yaml'), 'a') as file:
            file.write('# mine\n')
        make('install')
        check('a changed configuration is kept', read('etc/jsd/jsd.yaml').endswith('# mine\n'))
        check('what an older version had is removed', not os.path.exists(os.path.join(LIBRARIES, 'libgone.so.1')))
        write(app, 'export default { fetch: () => new Response("two") }')
        server.send_signal(signal.SIGHUP)
        end = time.time() + 20
        while request(port)[2] != b'two' and time.time() < end:
            time.sleep(0.01)
        check('a server that runs reloads after it', request(port)[2] == b'two', request(port)[2])
        server.send_signal(signal.SIGTERM)
        check('and stops', server.wait(20) == 0)
    finally:
        if server.poll() is None:
            server.kill()


def unprivileged():
    """As DynamicUser has it: nobody's uid, and one capability, an ambient one, which is no reason for AT_SECURE."""
    if os.getuid() != 0:
        return
    for folder in (WORK, DEST):
        os.chmod(folder, 0o755)
    code = '''const status = require("fs").readFileSync("/proc/self/status", "latin1");
      console.log(process.getuid(), /CapEff:\\s*0*400\\n/.test(status))'''
    capability = [f'--{set}=-all,+net_bind_service' for set in ('bounding-set', 'inh-caps', 'ambient-caps')]
    done = run('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs', *capability,
               JSD, '-e', code, env={'PATH': os.environ['PATH']})
    check('as an ordinary user with an ambient capability', done == (0, '65534 true\n', ''), done)


def uninstalled():
    make('uninstall')
    check('uninstall leaves the configuration that was changed', files() == ['etc/jsd/jsd.yaml'], files())
    make('install')
    shutil.copy(os.path.join(DEST, 'usr/share/jsd/jsd.yaml'), os.path.join(DEST, 'etc/jsd/jsd.yaml'))
    make('uninstall')
    folders = [os.path.join(DEST, name) for name in ('var/cache/jsd', 'etc/jsd', 'usr/lib/jsd', 'usr/share/jsd')]
    left = [*files(), *filter(os.path.exists, folders)]
    check('... and else nothing', left == [], left)


try:
    for function in (what_lands_where, alone_in_the_world, transparent, libraries_of_the_machine, not_whole,
                     unprivileged, installed_over_while_it_runs, uninstalled):
        test(function)
finally:
    shutil.rmtree(WORK, ignore_errors=True)
finish()
