'use strict';
// What the tests covered (Node documentation: Collecting code coverage): the engine's counts of functions and blocks, of
// this process and of those that ran test files, as lines, branches and functions of each file.
const platform = require('./platform');
const engine = require('../engine_coverage');
const { toRegExp } = require('../glob_match');
const { defaultPatterns } = require('./files');
const { merge } = require('./coverage_merge');

const COMMENT = /\/\* node:coverage (?:(disable|enable)|ignore next(?: (\d+))?) \*\//;

/** The lines of a text: where each begins and ends, without what ends it, and whether a comment says to leave it out. */
function linesOf(source) {
  const lines = [];
  let start = 0;
  let disabled = false;
  let skip = 0;
  for (const text of source.split(/(?<=\n)/)) {
    const bare = text.replace(/\r?\n$/, '');
    const comment = COMMENT.exec(bare);
    let ignore = disabled || skip > 0;
    if (skip > 0) skip--;
    if (comment !== null) {
      if (comment[1] !== undefined) {
        ignore = true;
        disabled = comment[1] === 'disable';
      } else skip = Number(comment[2] ?? 1);
    }
    // An empty line is never what was missed.
    lines.push({ line: lines.length + 1, start, end: start + bare.length, ignore, count: bare.length === 0 ? 1 : 0 });
    start += text.length;
  }
  return lines;
}

/** The lines that a range touches; those that it covers whole get its count. @param {{ startOffset, endOffset, count }} range */
function applyRange(range, lines) {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].end < range.startOffset) low = middle + 1;
    else high = middle;
  }
  const touched = [];
  for (let i = low; i < lines.length && lines[i].start < range.endOffset; i++) {
    const line = lines[i];
    if (range.startOffset <= line.start && range.endOffset >= line.end) line.count = range.count;
    touched.push(line);
  }
  return touched;
}

const percent = (covered, total) => (total === 0 ? 100 : (covered / total) * 100);

/** @param {string} path @param {{ functions: object[] }} script as the engine gives it @param {string} source */
function reportOf(path, { functions }, source) {
  const lines = linesOf(source);
  const functionReports = [];
  const branches = [];
  let coveredFunctions = 0;
  let coveredBranches = 0;
  functions.forEach(({ functionName, ranges, isBlockCoverage }, i) => {
    let most = 0;
    ranges.forEach((range, k) => {
      const touched = applyRange(range, lines);
      most = Math.max(most, range.count);
      if (isBlockCoverage && touched.length > 0) {
        branches.push({ line: touched[0].line, count: range.count });
        if (range.count !== 0 || touched.every((line) => line.ignore)) coveredBranches++;
      }
      // The first function is the file itself.
      if (k === 0 && i > 0 && touched.length > 0) functionReports.push({ name: functionName, line: touched[0].line, count: 0, touched });
    });
    const report = functionReports.at(-1);
    if (i > 0 && report !== undefined && report.touched !== undefined) {
      report.count = most;
      if (most > 0 || report.touched.every((line) => line.ignore)) coveredFunctions++;
      delete report.touched;
    }
  });
  const coveredLines = lines.filter((line) => line.count > 0 || line.ignore).length;
  return {
    __proto__: null, path, totalLineCount: lines.length, totalBranchCount: branches.length, totalFunctionCount: functionReports.length,
    coveredLineCount: coveredLines, coveredBranchCount: coveredBranches, coveredFunctionCount: coveredFunctions,
    coveredLinePercent: percent(coveredLines, lines.length), coveredBranchPercent: percent(coveredBranches, branches.length),
    coveredFunctionPercent: percent(coveredFunctions, functionReports.length), functions: functionReports, branches,
    lines: lines.filter((line) => !line.ignore || line.count > 0).map(({ line, count }) => ({ __proto__: null, line, count })),
  };
}

/** @param {string} glob @returns {(paths: string[]) => boolean} */
function matcher(glob) {
  const expression = toRegExp(glob);
  return (paths) => paths.some((path) => expression.test(path));
}

class Coverage {
  #config;
  #folder = null;
  #before;

  /** Counts from now on, if the process does not yet. @param {object} config of the run */
  constructor(config) {
    this.#config = config;
    this.#before = process.cwd();
    engine.start();
    if (config.isRunner && config.isolation === 'process') {
      this.#folder = platform.fs.mkdtempSync(platform.path.join(platform.os.tmpdir(), 'jsd-coverage-'));
    }
  }

  /** Where the processes that run test files are to leave what they counted, or undefined. */
  get folder() { return this.#folder ?? undefined; }

  #wanted(path) {
    const relative = platform.path.relative(this.#config.cwd, path);
    const paths = [relative, path];
    const { coverageInclude, coverageExclude } = this.#config;
    const included = coverageInclude.length > 0 && coverageInclude.some((glob) => matcher(glob)(paths));
    if (coverageInclude.length > 0 && !included) return false;
    if (!included && path.includes('/node_modules/')) return false;
    const exclude = coverageExclude.length > 0 ? coverageExclude : coverageInclude.length > 0 ? [] : defaultPatterns();
    return !exclude.some((glob) => matcher(glob)(paths));
  }

  /** All scripts of all processes, by URL. */
  #scripts() {
    const scripts = new Map();
    const add = (result) => {
      for (const script of result) {
        if (!script.url.startsWith('file:')) continue;
        const known = scripts.get(script.url);
        scripts.set(script.url, known === undefined ? script : merge(known, script));
      }
    };
    if (this.#folder === null) {
      add(engine.take());
      return scripts;
    }
    for (const name of platform.fs.readdirSync(this.#folder)) {
      add(JSON.parse(platform.fs.readFileSync(platform.path.join(this.#folder, name), 'utf8')).result);
    }
    const wanted = process.env.NODE_V8_COVERAGE;
    if (wanted) platform.fs.cpSync(this.#folder, wanted, { recursive: true });
    platform.fs.rmSync(this.#folder, { recursive: true, force: true });
    return scripts;
  }

  /** @returns {object} the `summary` of 'test:coverage' */
  summary() {
    const files = [];
    for (const [url, script] of this.#scripts()) {
      const path = platform.url.fileURLToPath(url.replace(/[?#].*$/, ''));
      if (!this.#wanted(path)) continue;
      let source;
      try {
        source = platform.fs.readFileSync(path, 'utf8');
      } catch {
        continue; // made by a loader, or gone
      }
      files.push(reportOf(path, script, source));
    }
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    const totals = {
      __proto__: null, totalLineCount: 0, totalBranchCount: 0, totalFunctionCount: 0, coveredLineCount: 0, coveredBranchCount: 0,
      coveredFunctionCount: 0,
    };
    for (const file of files) for (const key of Object.keys(totals)) totals[key] += file[key];
    totals.coveredLinePercent = percent(totals.coveredLineCount, totals.totalLineCount);
    totals.coveredBranchPercent = percent(totals.coveredBranchCount, totals.totalBranchCount);
    totals.coveredFunctionPercent = percent(totals.coveredFunctionCount, totals.totalFunctionCount);
    const { lineCoverage: line, branchCoverage: branch, functionCoverage } = this.#config;
    return {
      __proto__: null, workingDirectory: this.#before, files, totals,
      thresholds: { __proto__: null, line, branch, function: functionCoverage },
    };
  }

  /** @returns {string[]} what to say of thresholds that were not met */
  unmet({ totals, thresholds }) {
    const out = [];
    for (const [name, key] of [['line', 'coveredLinePercent'], ['branch', 'coveredBranchPercent'], ['function', 'coveredFunctionPercent']]) {
      if (thresholds[name] > 0 && totals[key] < thresholds[name]) {
        out.push(`Error: ${totals[key].toFixed(2)}% ${name} coverage does not meet threshold of ${thresholds[name]}%.`);
      }
    }
    return out;
  }
}

module.exports = { Coverage };
