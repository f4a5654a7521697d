'use strict';
// wpt.js [options] [FOLDER...]: the web-platform-tests that come with Node's own tests, on the program that runs this
// file:
//
//   build/jsd tests/conformance/wpt.js --tests DIR WebCryptoAPI
//   node tests/conformance/wpt.js --tests DIR --json node.json            # the same on Node
//   build/jsd tests/conformance/wpt.js --tests DIR --reference node.json  # and how much of what Node passes
//
//   --tests DIR       Node's test folder (with fixtures/wpt); or the variable NODE_TESTS
//   --json FILE       every result, by file and name
//   --reference FILE  results of another program: only what passed there is counted, and what fails here is listed
//   --list            what fails, with its message
//   -j N              N processes at a time (2)
//
// Each file (each variant of it) is a process of its own with a time limit; the fixtures' testharness.js is used as it
// is. What a file asks for in META comments is loaded, and fetch() of a path gives the fixtures' file. There is no
// document: files for windows run as far as they do without one, as in Node's runner.
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const FOLDERS = [
  'url',
  'encoding',
  'streams',
  'FileAPI',
  'WebCryptoAPI',
  'webmessaging',
  'dom/events',
  'dom/abort',
  'performance-timeline',
  'user-timing',
  'hr-time',
  'html/webappapis/timers',
  'html/webappapis/structured-clone',
  'html/webappapis/microtask-queuing',
  'html/webappapis/atob',
  'fetch/api',
  'compression',
  'console',
  'webidl',
];
const LIMIT = { normal: 20, long: 120 }; // seconds
const STATUS = ['PASS', 'FAIL', 'TIMEOUT', 'NOTRUN', 'PRECONDITION_FAILED'];

/** @returns {{scripts: string[], variants: string[], long: boolean}} of the comments // META: at the file's start */
function metaOf(source) {
  const meta = { scripts: [], variants: [], long: false };
  for (const [, key, value] of source.matchAll(/^\/\/ META: (\w+)=(.*)$/gm)) {
    if (key === 'script') meta.scripts.push(value.trim());
    if (key === 'variant') meta.variants.push(value.trim());
    if (key === 'timeout' && value.trim() === 'long') meta.long = true;
  }
  if (meta.variants.length === 0) meta.variants.push('');
  return meta;
}

// ---- one file, in a process of its own ------------------------------------------------------------------------------

/** @param {string} root fixtures/wpt @param {string} file below it @param {string} variant "?..." or "" */
function runFile(root, file, variant) {
  const resolve = (name) => (name.startsWith('/') ? path.join(root, name) : path.join(root, path.dirname(file), name));
  const load = (name) => vm.runInThisContext(fs.readFileSync(name, 'utf8'), { filename: name });
  const { fetch } = globalThis;
  globalThis.self = globalThis;
  globalThis.GLOBAL = { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false };
  globalThis.location = new URL(`https://web-platform.test:8443/${file}${variant}`);
  globalThis.fetch = (input, init) => {
    const address = typeof input === 'string' || input instanceof URL ? `${input}` : input.url;
    let name;
    if (!/^[a-z]+:/i.test(address)) name = resolve(address.replace(/[?#].*$/, ''));
    else if (address.startsWith(globalThis.location.origin)) name = path.join(root, new URL(address).pathname);
    else return fetch(input, init);
    return fs.promises.readFile(name).then(
      (body) => new Response(body),
      () => new Response('', { status: 404 }),
    );
  };
  load(path.join(root, 'resources/testharness.js'));
  const results = [];
  globalThis.add_result_callback(({ name, status, message }) => {
    results.push([name, STATUS[status], message ?? undefined]);
  });
  const report = (harness) => {
    fs.writeSync(3, JSON.stringify({ results, harness }));
    process.exit(0);
  };
  globalThis.add_completion_callback((tests, { status, message }) =>
    report(status === 0 ? undefined : (message ?? `harness status ${status}`)),
  );
  process.on('uncaughtException', (error) => {
    results.push(['(uncaught)', 'FAIL', `${error?.stack ?? error}`]);
    report('uncaught');
  });
  const source = fs.readFileSync(path.join(root, file), 'utf8');
  for (const script of metaOf(source).scripts) load(resolve(script));
  vm.runInThisContext(source, { filename: path.join(root, file) });
  process.on('beforeExit', () => globalThis.done?.());
}

// ---- all of them ----------------------------------------------------------------------------------------------------

function filesIn(root, folder) {
  const full = path.join(root, folder);
  if (!fs.existsSync(full)) return [];
  return fs
    .readdirSync(full, { recursive: true })
    .map(String)
    .filter((name) => /\.(any|window)\.js$/.test(name) && !/(^|\/)(resources|support)\//.test(name))
    .map((name) => path.join(folder, name))
    .sort();
}

/** @returns {Promise<[name: string, status: string, message?: string][]>} */
function spawnFile(root, file, variant, seconds) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [__filename, '--file', root, file, variant], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    let text = '';
    let errors = '';
    child.stdio[3].setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    child.stderr.setEncoding('utf8').on('data', (part) => {
      errors += part;
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      let parsed;
      try {
        parsed = JSON.parse(text);
      } catch {
        const line = /^\w*(?:Error|Exception)\b.*$/m.exec(errors)?.[0] ?? errors.trim().split('\n')[0];
        resolve([
          [
            '(file)',
            signal === 'SIGKILL' ? 'TIMEOUT' : 'FAIL',
            signal === 'SIGKILL' ? `nothing after ${seconds} s` : `exit ${code}: ${line}`,
          ],
        ]);
        return;
      }
      const { results, harness } = parsed;
      if (harness !== undefined && harness !== 'uncaught') results.push(['(harness)', 'FAIL', harness]);
      resolve(results);
    });
  });
}

function parseArguments(argv) {
  const options = { tests: process.env.NODE_TESTS, jobs: 2, folders: [], list: false };
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--tests') options.tests = argv[++i];
    else if (argv[i] === '--json') options.json = argv[++i];
    else if (argv[i] === '--reference') options.reference = argv[++i];
    else if (argv[i] === '--list') options.list = true;
    else if (argv[i] === '-j') options.jobs = Number(argv[++i]);
    else options.folders.push(argv[i].replace(/\/$/, ''));
  }
  if (options.folders.length === 0) options.folders = FOLDERS;
  return options;
}

async function runAll(options) {
  const root = path.join(path.resolve(options.tests), 'fixtures/wpt');
  const queue = [];
  for (const folder of options.folders) {
    const files = folder.endsWith('.js') ? [folder] : filesIn(root, folder);
    for (const file of files) {
      const { variants, long } = metaOf(fs.readFileSync(path.join(root, file), 'utf8'));
      for (const variant of variants) queue.push({ folder, file, variant, seconds: long ? LIMIT.long : LIMIT.normal });
    }
  }
  const all = {};
  const worker = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const results = await spawnFile(root, job.file, job.variant, job.seconds);
      const byName = {};
      for (const [name, status, message] of results)
        byName[name] = status === 'PASS' ? 'PASS' : `${status} ${message ?? ''}`;
      all[`${job.file}${job.variant}`] = { folder: job.folder, results: byName };
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, worker));
  return all;
}

/** Prints the table. @returns {boolean} whether all that counts passed */
function summarize(all, reference, list) {
  const table = new Map();
  let good = true;
  for (const [file, { folder, results }] of Object.entries(all).sort()) {
    const row = table.get(folder) ?? { files: 0, run: 0, passed: 0, expected: 0, met: 0 };
    table.set(folder, row);
    row.files++;
    for (const [name, status] of Object.entries(results)) {
      row.run++;
      if (status === 'PASS') row.passed++;
      else if (list && reference === undefined)
        console.log(`${file}: ${name}: ${status.slice(0, 200).replaceAll('\n', ' ')}`);
    }
    for (const [name, status] of Object.entries(reference?.[file]?.results ?? {})) {
      if (status !== 'PASS') continue;
      row.expected++;
      if (results[name] === 'PASS') row.met++;
      else if (list)
        console.log(`${file}: ${name}: ${(results[name] ?? 'NOTRUN').slice(0, 200).replaceAll('\n', ' ')}`);
    }
    if (reference === undefined ? row.passed < row.run : row.met < row.expected) good = false;
  }
  const columns = ['files', 'run', 'passed', ...(reference === undefined ? [] : ['expected', 'met', '%'])];
  console.log(`${'folder'.padEnd(36)}${columns.map((name) => name.padStart(9)).join('')}`);
  for (const [folder, row] of table) {
    row['%'] = row.expected === 0 ? '-' : ((100 * row.met) / row.expected).toFixed(1);
    console.log(`${folder.padEnd(36)}${columns.map((name) => `${row[name]}`.padStart(9)).join('')}`);
  }
  return good;
}

async function main(argv) {
  const options = parseArguments(argv);
  if (options.tests === undefined) throw new Error("wpt.js: --tests DIR is missing: Node's test folder");
  const all = await runAll(options);
  if (options.json !== undefined) fs.writeFileSync(options.json, JSON.stringify(all));
  const reference =
    options.reference === undefined ? undefined : JSON.parse(fs.readFileSync(options.reference, 'utf8'));
  process.exitCode = summarize(all, reference, options.list) ? 0 : 1;
}

if (process.argv[2] === '--file') runFile(process.argv[3], process.argv[4], process.argv[5]);
else main(process.argv.slice(2));
