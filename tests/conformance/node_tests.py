#!/usr/bin/env python3
"""node_tests.py [options] [PATTERN...]: runs Node's own tests (DIR/test/FOLDER/test-*.js) on a program and tells what passes.

A PATTERN is a shell pattern below DIR/test ("parallel/test-http-*"; without one: FOLDERS below). Each test is a process of its own
with a time limit; `// Flags:` and `// Env:` of a test's text are honoured, test/common is used as it is. Tests of "sequential" run
alone, of message and pseudo-tty are compared with their .out file (a * there stands for anything).

Skipped, with the reason counted: what needs Node's internals (--expose-internals, internalBinding, its own build), and what
Node itself does not pass or skips on this machine (--reference FILE, written by `--write-reference FILE` on a run with Node).
Nothing here knows a test's name.
"""
import argparse, collections, concurrent.futures, fnmatch, json, os, pty, re, select, shutil, signal, subprocess, sys, tempfile, \
    threading, time

FOLDERS = ["parallel", "sequential", "es-module", "async-hooks", "message", "pseudo-tty", "module-hooks", "test-runner",
           "client-proxy", "sqlite"]
# What another issue owns; shown as an area of its own, not in the sum.
APART = {"http2", "worker", "cluster", "inspector", "addon", "quic"}
INTERNALS = [
    (re.compile(r"^//\s*Flags:.*--expose[-_]internals", re.M), "needs --expose-internals"),
    (re.compile(r"internalBinding\(|require\('internal/"), "needs internalBinding"),
    (re.compile(r"^//\s*Flags:.*--(?:allow-natives-syntax|test-udp|no-node-snapshot|build-snapshot|experimental-sea)", re.M),
     "needs Node's own build"),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", nargs="*")
    parser.add_argument("--tests", required=True, help="folder that holds Node's test/")
    parser.add_argument("--program", required=True, help="what runs the tests")
    parser.add_argument("-j", type=int, default=2, help="at a time (2)")
    parser.add_argument("--timeout", type=float, default=30, help="seconds for one test (30)")
    parser.add_argument("--reference", help="JSON of Node's own results: what does not pass there is skipped")
    parser.add_argument("--write-reference", help="write this run's results as that JSON")
    parser.add_argument("--passing", help="a committed list of names: a name there that does not pass is an error")
    parser.add_argument("--update", action="store_true", help="add what passes now to the --passing list")
    parser.add_argument("--sample", type=int, default=0, help="only every Nth test of the --passing list")
    parser.add_argument("--seconds", type=float, default=0, help="begin no test after so long (no limit)")
    parser.add_argument("--list", choices=["pass", "fail", "skip", "all"], help="print the names (default: failures)")
    parser.add_argument("--quiet", action="store_true", help="no line per failure")
    return parser.parse_args()


def area_of(name):
    """'parallel/test-http-agent.js' -> 'http'; folders other than parallel are areas of their own."""
    folder, _, file = name.partition("/")
    words = re.sub(r"^test[-_]", "", file.rsplit(".", 1)[0]).replace("_", "-").split("-")
    first = {"https": "http", "whatwg": "whatwg", "dgram": "dgram", "streams": "stream", "esm": "module", "require": "module",
             "timer": "timers", "event": "events", "querystring": "url", "console": "console"}.get(words[0], words[0])
    if first in APART:
        return first
    return first if folder == "parallel" else folder


def find(tests, patterns):
    names = []
    for folder in sorted(os.listdir(os.path.join(tests, "test"))):
        path = os.path.join(tests, "test", folder)
        if not os.path.isdir(path):
            continue
        for file in sorted(os.listdir(path)):
            name = f"{folder}/{file}"
            is_test = re.match(r"test[-_.].*\.(js|mjs|cjs)$", file) or \
                (folder in ("message", "pseudo-tty") and re.match(r".*\.(js|mjs)$", file)
                 and os.path.exists(os.path.join(path, file.rsplit(".", 1)[0] + ".out")))
            if not is_test:
                continue
            if patterns:
                wanted = any(fnmatch.fnmatch(name, p) or fnmatch.fnmatch(name.rsplit(".", 1)[0], p) for p in patterns)
            else:
                wanted = folder in FOLDERS
            if wanted:
                names.append(name)
    return names


def matches(pattern, output):
    """Whether output is the .out file's text, where * in a line stands for anything."""
    wanted = pattern.split("\n")
    given = [line.rstrip("\r") for line in output.split("\n")]
    while wanted and not wanted[-1].strip():
        wanted.pop()
    while given and not given[-1].strip():
        given.pop()
    if len(wanted) != len(given):
        return False
    return all(re.fullmatch(".*".join(map(re.escape, w.rstrip().split("*"))), g.rstrip()) for w, g in zip(wanted, given))


class Runner:
    def __init__(self, options):
        self.options = options
        self.scratch = tempfile.mkdtemp(prefix="jsd-conformance-")
        self.slots = list(range(options.j))
        self.lock = threading.Lock()
        self.started = time.monotonic()

    def run(self, name):
        """(status, first line of what went wrong); status: pass, fail, hang, skip."""
        path = os.path.join(self.options.tests, "test", name)
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        for pattern, reason in INTERNALS:
            if pattern.search(text):
                return "skip", reason
        if self.options.seconds and time.monotonic() - self.started > self.options.seconds:
            return "skip", "no time left"
        flags, env = [], dict(os.environ)
        for line in re.findall(r"^//\s*Flags:(.*)$", text, re.M):
            flags += line.split()
        for line in re.findall(r"^//\s*Env:(.*)$", text, re.M):
            env.update(pair.split("=", 1) for pair in line.split() if "=" in pair)
        with self.lock:
            slot = self.slots.pop()
        try:
            env.update(NODE_TEST_DIR=self.scratch, TEST_THREAD_ID=str(slot), TEST_SERIAL_ID=str(slot), FORCE_COLOR="0",
                       NODE_COMMON_PORT=str(20000 + os.getpid() % 200 * 60 + slot * 20))
            for variable in ("NODE_OPTIONS", "NODE_PATH", "NO_COLOR", "NODE_DISABLE_COLORS"):
                env.pop(variable, None)
            if not name.startswith("pseudo-tty/"):
                env.pop("FORCE_COLOR")
            if name.startswith("parallel/"):
                env["TEST_PARALLEL"] = "1"
            return self.run_process(name, path, [self.options.program, *flags, path], env)
        finally:
            with self.lock:
                self.slots.append(slot)

    def run_process(self, name, path, command, env):
        folder = name.split("/")[0]
        if folder == "pseudo-tty":
            status, output = self.run_tty(path, command, env)
        else:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       cwd=self.options.tests, env=env, start_new_session=True)
            try:
                output = process.communicate(timeout=self.options.timeout)[0].decode("utf-8", "replace")
                status = process.returncode
            except subprocess.TimeoutExpired:
                self.kill(process)
                output = process.communicate()[0].decode("utf-8", "replace")
                return "hang", first_error(output)
            finally:
                self.kill(process)
        if status is None:
            return "hang", first_error(output)
        if folder in ("message", "pseudo-tty"):
            with open(path.rsplit(".", 1)[0] + ".out", encoding="utf-8", errors="replace") as file:
                return ("pass", "") if matches(file.read(), output.replace("\r\n", "\n")) else ("fail", "other output")
        if status == 0:
            skipped = re.search(r"^1\.\.0 # Skipped: ?(.*)", output, re.M)
            return ("skip", "by itself: " + skipped.group(1)) if skipped else ("pass", "")
        return "fail", (f"signal {-status} " if status < 0 else "") + first_error(output)

    @staticmethod
    def kill(process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass

    def run_tty(self, path, command, env):
        parent, child = pty.openpty()
        process = subprocess.Popen(command, stdin=child, stdout=child, stderr=child, cwd=self.options.tests, env=env,
                                   start_new_session=True)
        os.close(child)
        source = path.rsplit(".", 1)[0] + ".in"
        if os.path.exists(source):
            with open(source, "rb") as file:
                os.write(parent, file.read())
        output, limit = b"", time.monotonic() + self.options.timeout
        while time.monotonic() < limit:
            ready = select.select([parent], [], [], 0.1)[0]
            try:
                piece = os.read(parent, 65536) if ready else None
            except OSError:
                break
            if piece == b"":
                break
            output += piece or b""
        ended = time.monotonic() < limit
        self.kill(process)
        status = process.wait()
        os.close(parent)
        return (status if ended else None), output.decode("utf-8", "replace")


def first_error(output):
    lines = [line.strip() for line in output.split("\n") if line.strip()]
    for line in lines:
        if re.search(r"^(?:Uncaught |not ok|\[?\w*Error\b|Mismatched)|(?:Error(?: \[\w+\])?|ERR_\w+)\b.*:", line):
            return line[:200]
    return next((line for line in lines if not line.startswith("node:")), lines[0] if lines else "no output")[:200]


def show_table(results):
    areas = collections.defaultdict(collections.Counter)
    for name, (status, reason) in results.items():
        areas[area_of(name)][status] += 1
    total = collections.Counter()
    print(f"{'area':24} {'run':>5} {'pass':>5} {'fail':>5} {'hang':>5} {'skip':>5} {'%':>6}")
    rows = sorted(areas.items(), key=lambda row: -sum(row[1].values()))
    small = collections.Counter()
    for area, count in rows:
        if area not in APART:
            total.update(count)
            if sum(count.values()) - count["skip"] < 5 and len(rows) > 30:
                small.update(count)
                continue
        row(area + (" (apart)" if area in APART else ""), count)
    if small:
        row("others", small)
    row("all", total)
    reasons = collections.Counter(re.sub(r": .*", "", reason) for status, reason in results.values() if status == "skip")
    for reason, count in reasons.most_common():
        print(f"skipped: {count:5} {reason}")
    return total


def row(name, count):
    ran = count["pass"] + count["fail"] + count["hang"]
    share = f"{100 * count['pass'] / ran:6.1f}" if ran else "     -"
    print(f"{name:24} {ran:5} {count['pass']:5} {count['fail']:5} {count['hang']:5} {count['skip']:5} {share}")


def main():
    options = arguments()
    options.tests, options.program = os.path.abspath(options.tests), os.path.abspath(options.program)
    reference = json.load(open(options.reference)) if options.reference else {}
    listed = [line.strip() for line in open(options.passing)] if options.passing and os.path.exists(options.passing) else []
    names = find(options.tests, options.patterns)
    if options.sample:
        names = [name for name in names if name in set(listed[::options.sample])]
    runner = Runner(options)
    results = {}

    def one(name):
        if reference and reference.get(name, "pass") != "pass":
            results[name] = ("skip", "Node itself: " + reference[name])
            return
        status, reason = runner.run(name)
        if status == "skip" and reason.startswith("by itself") and reference:
            status = "fail"  # it runs on Node here
        results[name] = (status, reason)
        shown = options.list or "fail"
        if not options.quiet and (shown == "all" or (status in ("fail", "hang") and shown == "fail") or status == shown):
            print(f"{status}  {name}  {reason}" if reason else f"{status}  {name}", flush=True)

    try:
        alone = [name for name in names if name.startswith("sequential/")]
        with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
            for future in [pool.submit(one, name) for name in names if name not in set(alone)]:
                future.result()
        for name in alone:
            one(name)
    finally:
        shutil.rmtree(runner.scratch, ignore_errors=True)
    total = show_table(results)
    if options.write_reference:
        keep = {name: status for name, (status, reason) in sorted(results.items()) if not reason.startswith("needs ")}
        json.dump(keep, open(options.write_reference, "w"), indent=0)
    lost = [name for name in listed if name in results and results[name][0] not in ("pass", "skip")]
    # Once more, alone: a busy machine is no regression.
    lost = [name for name in lost if runner_again(options, name) != "pass"]
    for name in lost:
        print(f"LOST  {name}: {results[name][1]}")
    if options.update:
        passed = {name for name, (status, _) in results.items() if status == "pass"}
        with open(options.passing, "w") as file:
            file.write("".join(f"{name}\n" for name in sorted(set(listed) | passed)))
    print(f"{total['pass']} passed, {len(lost) if options.passing else total['fail'] + total['hang']} failed")
    return 1 if lost or (not options.passing and total["fail"] + total["hang"]) else 0


def runner_again(options, name):
    again = Runner(options)
    try:
        return again.run(name)[0]
    finally:
        shutil.rmtree(again.scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
