'use strict';
// --test-rerun-failures: which tests passed in which attempt, kept in a file; those do not run again.
const platform = require('./platform');

class Rerun {
  #counts = new Map(); // location → how many tests were declared there
  #previous;
  #attempts;

  constructor(file, cwd) {
    this.file = platform.path.resolve(cwd, file);
    this.cwd = cwd;
    try {
      this.#attempts = JSON.parse(platform.fs.readFileSync(this.file, 'utf8'));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
      this.#attempts = [];
    }
    this.attempt = this.#attempts.length;
    this.#previous = this.#attempts.at(-1) ?? {};
  }

  /** Names it, and lets it pass at once if it has passed before. @param {Test} test */
  prepare(test) {
    const { location } = test;
    if (location?.file === undefined || test.skipped || test.isFile) return;
    const place = `${platform.path.relative(this.cwd, location.file)}:${location.line}:${location.column}`;
    const count = this.#counts.get(place) ?? 0;
    this.#counts.set(place, count + 1);
    test.rerunKey = count === 0 ? place : `${place}:(${count})`;
    const known = this.#previous[test.rerunKey];
    if (known === undefined) return;
    test.passedOnAttempt = known.passed_on_attempt;
    if (test.reportedType === 'suite') return;
    test.replayedDuration = known.duration_ms;
    // Its subtests are declared again by nobody: they are replayed as they were.
    test.fn = known.children === undefined ? () => {} : () => this.#replay(test, known.children);
  }

  #replay(test, children) {
    const { Test } = require('./test');
    const running = [];
    for (const child of children) {
      const location = { line: child.line, column: child.column, file: platform.path.resolve(this.cwd, child.file) };
      running.push(test.createSubtest(Test, { name: child.name, options: {}, fn: () => {}, location }).start());
    }
    return Promise.all(running);
  }

  /** @param {Harness} harness at the end of a run */
  write(harness) {
    const passed = {};
    const visit = (test) => {
      for (const one of test.subtests) {
        visit(one);
        if (one.rerunKey === undefined || !one.passed || one.filtered) continue;
        passed[one.rerunKey] = {
          passed_on_attempt: one.passedOnAttempt ?? this.attempt, name: one.name, duration_ms: one.duration,
          children: one.reportedType === 'suite' || one.subtests.length === 0 ? undefined : one.subtests.map((child) => ({
            name: child.name, line: child.location?.line, column: child.location?.column,
            file: child.location?.file && platform.path.relative(this.cwd, child.location.file),
          })),
        };
      }
    };
    visit(harness.root);
    if (harness.fileResults !== undefined) Object.assign(passed, harness.fileResults);
    if (harness.child) {
      harness.stream.publish('jsd:rerun', { passed });
      return;
    }
    platform.fs.writeFileSync(this.file, JSON.stringify([...this.#attempts, passed], null, 2));
  }
}

module.exports = { Rerun };
