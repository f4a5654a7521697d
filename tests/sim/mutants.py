#!/usr/bin/env python3
"""Breaks the supervisor on purpose, one way after the other, and looks whether the simulation notices.

usage: tests/sim/mutants.py [SCHEDULES]   (from the tree's root; each mutant gets up to that many schedules, 1000000 unless told)

Works in a copy of the tree. Prints a table: the mutant, the seed that found it, and what was said. A mutant whose text is
not in the code any more, or that survives, counts as a failure. The first list holds ordinary mistakes, the second puts
back defects that the simulation once found in the supervisor: they are its regression tests.
"""
import os, re, subprocess, sys, tempfile

MISTAKES = [
    ("drains the old generation as soon as the new one serves", "server/supervisor.c",
     "  generation_pause(s->active, true);\n", "  generation_drain(s->active);\n"),
    ("a slot of shared memory is not freed", "server/worker_process.c",
     "  shm_release(w->owner->memory, w->slot);\n", ""),
    ("an accept slot is not freed", "server/worker_process.c",
     "  if (w->accept_slot >= 0) accept_group_release(w->owner->accept_group, w->accept_slot);\n", ""),
    ("backoff for all, also for those that worked", "server/backoff.c", "  if (worked) b->crashes = 0;\n", ""),
    ("no backoff at all", "server/backoff.c", "  if (b->crashes == 1) return 0;\n", "  return 0;\n"),
    ("the timer of a respawn is forgotten", "server/generation.c",
     "              number_of(delay));\n  event_loop_timer_start(g->loop, &w->respawn, delay);\n",
     "              number_of(delay));\n"),
    ("a timer of a worker outlives its generation", "server/worker_process.c",
     "  event_loop_timer_stop(w->owner->loop, &w->respawn);\n  event_loop_timer_stop(w->owner->loop, &w->deadline);\n",
     "  event_loop_timer_stop(w->owner->loop, &w->deadline);\n"),
    ("no deadline for a drain", "server/worker_process.c",
     "  event_loop_timer_start(w->owner->loop, &w->deadline, w->owner->config->drain_timeout);\n", ""),
    ("no deadline for a start", "server/worker_process.c",
     "  event_loop_timer_start(w->owner->loop, &w->deadline, w->owner->config->start_timeout);\n", ""),
    ("the old generation is not told to go on", "server/supervisor.c", "  generation_pause(s->active, false);\n", ""),
    ("a reload that was asked for during another is forgotten", "server/supervisor.c",
     "    s->reload_wanted = true;\n", "    ;\n"),
    ("the worker's end of a channel is not closed", "server/worker_process.c",
     "  if (rc != 0) goto no_fork;\n  close(ends[1]);\n", "  if (rc != 0) goto no_fork;\n"),
    ("a reaped worker keeps its pid", "server/worker_process.c", "  w->pid = 0;\n", ""),
    ("deaths on probation do not count", "server/generation.c", "  w->died = true;\n", ""),
    ("one death on probation is enough", "server/generation.c", "    if (!g->workers[i].died) return false;\n", ""),
    ("the probation takes no time", "server/generation.c",
     "    event_loop_timer_start(g->loop, &g->probation, g->probation_ms);\n",
     "    event_loop_timer_start(g->loop, &g->probation, 0);\n"),
    ("a stop leaves out the generation that starts", "server/supervisor.c",
     "    if (now || g->state == GENERATION_STARTING) {", "    if (now) {"),
    ("a second stop signal changes nothing", "server/supervisor.c", "    if (now || g->state", "    if (g->state"),
    ("generations that have gone are not freed", "server/supervisor.c",
     "    *place = g->next;\n    if (s->active == g) s->active = NULL;\n    generation_free(g);\n", "    *place = g->next;\n"),
    ("a socket is not given up with its generation", "server/generation_sockets.c",
     "  while (g->use_count > 0) use_remove(g, &g->uses[0]);\n", ""),
    ("hanging workers are not ended", "server/watchdog.c", "    w->hung = true;\n    kill(w->pid, SIGKILL);\n", ""),
    ("stopped workers are ended too", "server/watchdog.c", "  if (state == 'T' || state == 't') {", "  if (state == 't') {"),
    ("one dead process is reaped per signal", "server/generation.c",
     "    if (waitpid(w->pid, &status, WNOHANG) == w->pid) worker_ended(g, w, status);\n",
     "    if (waitpid(w->pid, &status, WNOHANG) == w->pid) worker_ended(g, w, status);\n    return;\n"),
    ("a respawn does not wait for its timer", "server/generation.c",
     "    if (w->state == WORKER_DOWN && !w->respawn.active) generation_worker_wanted(g, w);\n",
     "    if (w->state == WORKER_DOWN) generation_worker_wanted(g, w);\n"),
    ("a dead zygote is not replaced", "server/generation.c",
     "  event_loop_timer_start(g->loop, &g->zygote_respawn, delay);\n", ""),
]

DEFECTS = [
    ("a start that fails at once leaves sockets behind", "server/supervisor.c",
     "  sweep(s); /* or a Unix socket's file would stay */\n", ""),
    ("a hanging zygote keeps the stop from ending", "server/generation.c",
     "  if (g->zygote > 0) kill(g->zygote, SIGKILL);\n}\n", "}\n"),
    ("a reload without any process is never freed", "server/supervisor.c",
     "    event_loop_timer_start(s->options.loop, &s->sweeper, 0);\n", ""),
    ("orders go to a zygote that has closed its channel", "server/generation.c",
     "  g->zygote_channel.fd = -1;\n  g->zygote_ready = false;\n", "  g->zygote_channel.fd = -1;\n"),
    ("an order that did not fit into the channel is lost", "server/worker_process.c",
     "      event_loop_timer_start(w->owner->loop, &w->retry, RETRY_MS);\n", "      ;\n"),
    ("a worker whose zygote dies is unknown for ever", "server/worker_process.c",
     "      generation_worker_named(w->owner, w, message->value);\n", ""),
    ("a zygote that never answers an order is waited for", "server/worker_process.c",
     "  if (w->pid == 0) generation_zygote_late(w->owner);\n", ""),
    ("an ending generation waits for its zygote for ever", "server/generation.c",
     "    if (!g->zygote_deadline.active) event_loop_timer_start(g->loop, &g->zygote_deadline, ORDER_PATIENCE_MS);\n", ""),
    ("a late master takes a punctual worker for late", "server/worker_process.c",
     "  if (w->state != WORKER_DRAINING) worker_process_read(w);\n", ""),
    ("a late answer of the zygote names a dead process", "server/generation.c",
     "WEXITED | WNOHANG | WNOWAIT) != 0) return; /* no child of ours */", "WEXITED | WNOHANG | WNOWAIT) < -1) return;"),
    ("a zygote that fails on probation takes the workers along", "server/generation.c",
     "    if (message.type == IPC_ERROR && g->state == GENERATION_STARTING) {", "    if (message.type == IPC_ERROR) {"),
    ("last words are read after the pid was given back", "server/generation.c",
     "    worker_process_read(w);\n    if (waitpid(w->pid, &status, WNOHANG) == w->pid) worker_ended(g, w, status);\n",
     "    if (waitpid(w->pid, &status, WNOHANG) != w->pid) continue;\n    worker_process_read(w);\n    worker_ended(g, w, status);\n"),
    ("a misplaced worker serves once it holds nothing", "server/generation_sockets.c",
     "  return *held == NULL && !w->misplaced;\n", "  return *held == NULL;\n"),
]


def run(folder, *command):
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def tree_copied(folder):
    subprocess.run("git ls-files -co --exclude-standard | tar -cf - -T - | tar -xpf - -C '%s'" % folder, shell=True, check=True)
    os.makedirs(folder + "/build")
    os.symlink(os.path.abspath("build/deps"), folder + "/build/deps")
    for modules in ("modules/node_modules", "tests/packages/node_modules"):
        if os.path.isdir(modules):
            os.symlink(os.path.abspath(modules), os.path.join(folder, modules))


def main():
    schedules = sys.argv[1] if len(sys.argv) > 1 else "1000000"
    good = bad = 0
    with tempfile.TemporaryDirectory() as folder:
        tree_copied(folder)
        for name, path, old, new in MISTAKES + DEFECTS:
            text = open(path).read()
            if text.count(old) < 1:
                print("not ok %s: its text is not in %s" % (name, path), flush=True)
                bad += 1
                continue
            with open(os.path.join(folder, path), "w") as out:
                out.write(text.replace(old, new, 1))
            built = run(folder, "make", "--no-print-directory", "build/sim", "WARN=-w")
            result = run(folder, "build/sim", "--count", schedules)
            with open(os.path.join(folder, path), "w") as out:
                out.write(text)
            found = re.search(r"seed (\d+)(?:, after \d+ ms)?: (.*)", result.stdout) if built.returncode == 0 else None
            good, bad = (good + 1, bad) if found else (good, bad + 1)
            print("%s %s: %s" % ("ok" if found else "not ok", name, "seed %s: %s" % found.groups() if found else
                                 built.stdout[-600:] if built.returncode else "survives"), flush=True)
    print("%d passed, %d failed" % (good, bad))
    return 1 if bad else 0


sys.exit(main())
