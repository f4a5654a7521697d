'use strict';
// jsd --run NAME: a script of package.json, as a shell runs it (Node documentation: --run). The nearest package.json from the
// working directory upwards counts; node_modules/.bin of the folders from there to its own comes first in PATH.
const { load } = require('./loader/builtins');

/** @returns {{ path: string, scripts: object }} or undefined */
function findPackage(from) {
  const fs = load('fs');
  const path = load('path');
  for (let folder = from; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file)) return { folder, file };
    if (folder === path.dirname(folder)) return undefined;
  }
}

function fail(text) {
  internalBinding('process').writeError(`${text}\n`);
  process.reallyExit(1);
}

/** An argument for sh, quoted where it has to be. */
const quote = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function readScripts({ file }) {
  let parsed;
  try {
    parsed = JSON.parse(load('fs').readFileSync(file, 'utf8'));
  } catch {
    fail(`Can't parse ${file}\n`);
  }
  const { scripts } = parsed;
  if (scripts === null || typeof scripts !== 'object' || Array.isArray(scripts)) fail(`Can't find "scripts" field in ${file}`);
  return scripts;
}

/** @param {string} name @param {string[]} args what follows on the command line */
function run(name, args) {
  const path = load('path');
  const found = findPackage(process.cwd());
  if (found === undefined) fail(`Can't find package.json for directory ${process.cwd()}\n`);
  const scripts = readScripts(found);
  if (typeof scripts[name] !== 'string') {
    if (name in scripts) fail(`Script "${name}" is unexpectedly malformed for ${found.file}`);
    const list = Object.keys(scripts).filter((key) => typeof scripts[key] === 'string').map((key) => `  ${key}: ${scripts[key]}`);
    fail(`Missing script: "${name}" for ${found.file}\n\nAvailable scripts are:\n${list.join('\n')}`);
  }
  const folders = [];
  for (let folder = process.cwd(); ; folder = path.dirname(folder)) {
    folders.push(path.join(folder, 'node_modules', '.bin'));
    if (folder === found.folder) break;
  }
  const env = {
    ...process.env, PATH: [...folders, process.env.PATH].filter(Boolean).join(':'),
    NODE_RUN_SCRIPT_NAME: name, NODE_RUN_PACKAGE_JSON_PATH: found.file,
  };
  const positional = args[0] === '--' ? args.slice(1) : args;
  const command = [scripts[name], ...positional.map(quote)].join(' ');

  const { status, signal, error } = load('child_process').spawnSync('/bin/sh', ['-c', command], { cwd: found.folder, env, stdio: 'inherit' });
  if (error) fail(String(error));
  if (signal !== null) process.kill(process.pid, signal);
  process.reallyExit(status === 0 ? 0 : 1);
}

module.exports = { run };
