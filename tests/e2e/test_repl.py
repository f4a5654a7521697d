"""jsd without a file on a terminal is a REPL: values, await at the top, its end."""
import os
import pty
import select
import time

from harness import JSD, check, finish, test


def until(fd, text, seconds=10):
    """What the terminal shows, to a text or to its end."""
    shown = b''
    end = time.monotonic() + seconds
    while text not in shown and time.monotonic() < end:
        if not select.select([fd], [], [], 0.2)[0]:
            continue
        try:
            shown += os.read(fd, 4096)
        except OSError:
            break
    return shown


@test
def values_and_await():
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM='xterm', NODE_REPL_HISTORY='')
        os.execv(JSD, [JSD])
    until(fd, b'to enable.\r\n')
    os.write(fd, b'await 6*7\r')
    shown = until(fd, b'42\x1b[39m\r\n')
    check('a value in colour', b'\x1b[33m42\x1b[39m' in shown, shown)
    os.write(fd, b'.exit\r')
    until(fd, b'\0')
    check('it ends with 0', os.waitpid(pid, 0)[1] == 0)


finish()
