"""A log that cannot be written to: the reader of the pipe left, the disk is full. The server goes on without it."""
import os
import signal
import subprocess

from harness import CACHE, Folder, JSD, NODE_PATH, check, finish, free_port, request, test, wait_http

APP = '''
const http = require('http');
http.createServer((request, response) => {
  if (request.url === '/console') {
    console.log('a line');
    console.error('another');
  } else if (request.url === '/stream') {
    process.stdout.write('a line\\n');
    process.stderr.write('another\\n');
  }
  response.end(String(process.pid));
}).listen(process.env.PORT, '127.0.0.1');
'''
CONFIG = 'app: app.js\nworkers: 2\nprobation: 0\nlisten: 127.0.0.1:%d\n'


def workers_of(pid):
    with open(f'/proc/{pid}/task/{pid}/children') as file:
        return sorted(int(child) for child in file.read().split())


def processor_time(pids):
    """Clock ticks that the processes have used."""
    total = 0
    for pid in pids:
        with open(f'/proc/{pid}/stat') as file:
            fields = file.read().rsplit(')', 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total


def serve(folder, extra, output):
    """A server with standard output and error on `output`: its port and process."""
    port = free_port()
    folder.write('jsd.yaml', CONFIG % port + extra)
    master = subprocess.Popen([JSD, 'serve', '-c', f'{folder.path}/jsd.yaml'], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                              env={**os.environ, 'NODE_PATH': NODE_PATH, 'CACHE_DIRECTORY': CACHE.name, 'PORT': str(port)})
    return port, master


def goes_on(name, port, master):
    while len(before := workers_of(master.pid)) < 3:  # the zygote and two workers
        pass
    served = {request(port, path)[2] for _ in range(20) for path in ('/stream', '/console')}
    check(f'{name}: requests are answered', len(served) >= 1)
    check(f'{name}: no worker ended', workers_of(master.pid) == before, f'{before} {workers_of(master.pid)}')
    master.send_signal(signal.SIGHUP)
    while request(port)[2] in served:
        pass
    check(f'{name}: a reload works', True)
    check(f'{name}: nothing spins', processor_time([master.pid]) < 100, processor_time([master.pid]))
    master.send_signal(signal.SIGTERM)
    check(f'{name}: it stops when told', master.wait(20) == 0, master.returncode)


@test
def the_reader_of_the_log_left():
    with Folder(APP, 'app.js') as folder:
        reader, writer = os.pipe()
        port, master = serve(folder, '', writer)
        os.close(writer)
        wait_http(port)
        os.close(reader)
        goes_on('the reader of the log left', port, master)


@test
def the_disk_is_full():
    with Folder(APP, 'app.js') as folder:
        port, master = serve(folder, 'log: /dev/full\n', subprocess.DEVNULL)
        wait_http(port)
        goes_on('the disk is full', port, master)


finish()
