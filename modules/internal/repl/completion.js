'use strict';
// What Tab offers in a REPL (Node documentation: REPL, "Design and features"): commands, modules and files in require() and
// import(), files in calls of fs, names in scope, and properties. For properties the expression before the last dot is
// walked from value to value: nothing is called, no getter, no proxy; what stands in brackets is asked of the engine
// without side effects. Groups are from the farthest prototype to the nearest, "" between them.
const { load } = require('../loader/builtins');
const { commonPrefix } = require('../readline/completion');

const builtins = require('../loader/builtins');

/** The names offered in require(); programs may change the list. */
const modules = { names: builtins.names().filter((name) => !name.startsWith('_')) };

const keywords = ('async await break case catch const continue debugger default delete do else export false finally for ' +
  'function if import in instanceof let new null return switch this throw true try typeof undefined var void while with ' +
  'yield').split(' ').filter((word) => word !== 'undefined');

const engineOf = (server) => server._engine;

/** The global object itself: a context's object does not have the engine's names. */
const globalOf = (server) => (server.useGlobal ? globalThis : load('vm').runInContext('globalThis', server.context));

const isIdentifier = (text) => /^[A-Za-z_$][\w$]*$/.test(text);
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
const isProxy = (value) => load('util').types.isProxy(value);

// ---- values ---------------------------------------------------------------------------------------------------------------

const nothing = Symbol('no value');

/** A property's value if it is plain data. */
function dataOf(object, key) {
  for (let at = isObject(object) ? object : Object(object); at !== null; at = Object.getPrototypeOf(at)) {
    if (isProxy(at)) return nothing;
    const descriptor = Object.getOwnPropertyDescriptor(at, key);
    if (descriptor === undefined) continue;
    if ('value' in descriptor) return descriptor.value;
    // Ours, which load a module or make a global on first use, are no program's getters.
    return at === globalThis || builtins.canRequire(`${String(key)}`) ? at[key] : nothing;
  }
  return nothing;
}

/** The end of a bracket that opens at a place; -1: it does not close. */
function closing(text, at) {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (/['"`]/.test(text[i])) {
      const quote = text[i];
      for (i++; i < text.length && text[i] !== quote; i++) if (text[i] === '\\') i++;
    } else if (/[([{]/.test(text[i])) {
      depth++;
    } else if (/[)\]}]/.test(text[i]) && --depth === 0) {
      return i;
    }
  }
  return -1;
}

/** The start of the expression that ends a text: names, dots, brackets, literals. */
function expressionStart(text) {
  let i = text.length;
  for (;;) {
    const before = text.slice(0, i);
    const word = /[\w$]+$/.exec(before);
    if (word !== null) i = word.index;
    else if (/[\])}]$/.test(before)) i = openingOf(before);
    else if (/(['"`])$/.test(before)) i = quoteStart(before);
    else return i;
    if (i < 0) return -1;
    const join = /(?:\?\.|\.)$/.exec(text.slice(0, i));
    const opens = /^[[(]/.test(text.slice(i)) && /[\w$\])'"`]$/.test(text.slice(0, i));
    if (join !== null) i -= join[0].length;
    else if (!opens) return i;
  }
}

function quoteStart(text) {
  const quote = text.at(-1);
  for (let i = text.length - 2; i >= 0; i--) if (text[i] === quote && text[i - 1] !== '\\') return i;
  return -1;
}

function openingOf(text) {
  for (let i = text.length - 1, depth = 0; i >= 0; i--) {
    if (/['"`]/.test(text[i])) i = quoteStart(text.slice(0, i + 1));
    else if (/[\])}]/.test(text[i])) depth++;
    else if (/[([{]/.test(text[i]) && --depth === 0) return i;
    if (i < 0) return -1;
  }
  return -1;
}

function rootValue(server, name) {
  if (name === 'this' || name === 'globalThis') return globalOf(server);
  if (engineOf(server).lexicalNames().includes(name)) {
    const answer = engineOf(server).evaluate(name);
    return answer === undefined || answer.thrown ? nothing : answer.value;
  }
  return dataOf(globalOf(server), name);
}

/** The value of `a.b?.c["d"]`, or `nothing`. */
function walk(server, text) {
  const evaluated = (code) => {
    const answer = engineOf(server).evaluate(code);
    return answer === undefined || answer.thrown ? nothing : answer.value;
  };
  const head = /^(?:new\s+)?([A-Za-z_$][\w$]*)/.exec(text);
  let rest;
  let value;
  if (head !== null && !/^new\s/.test(text)) {
    value = rootValue(server, head[1]);
    rest = text.slice(head[0].length);
  } else {
    const end = /^['"`]/.test(text) ? text.indexOf(text[0], 1) : closing(text, 0);
    if (end === -1 || text[0] === '{') return nothing;
    value = evaluated(text.slice(0, end + 1));
    rest = text.slice(end + 1);
  }
  while (rest !== '' && value !== nothing) {
    if (value === null || value === undefined) return nothing;
    const dot = /^\??\.([A-Za-z_$][\w$]*)/.exec(rest);
    if (dot !== null) {
      value = dataOf(value, dot[1]);
      rest = rest.slice(dot[0].length);
      continue;
    }
    const bracket = /^(?:\?\.)?\[/.exec(rest);
    const end = bracket === null ? -1 : closing(rest, bracket[0].length - 1);
    if (end === -1) return nothing;
    const key = evaluated(rest.slice(bracket[0].length, end));
    if (key === nothing) return nothing;
    value = dataOf(value, typeof key === 'symbol' ? key : `${String(key)}`);
    rest = rest.slice(end + 1);
  }
  return value;
}

// ---- names ------------------------------------------------------------------------------------------------------------------

function ownNames(object) {
  try {
    return internalBinding('util').ownNonIndexKeys(object, false).filter((key) => typeof key === 'string' && isIdentifier(key));
  } catch {
    return [];
  }
}

const legacy = /^__(?:define|lookup)[GS]etter__$/;

/** The names of a value and of its prototypes, a list each. */
function namesOf(value) {
  const groups = [];
  let isFirst = !isObject(value);
  for (let at = isObject(value) ? value : Object.getPrototypeOf(Object(value)); at !== null; at = Object.getPrototypeOf(at)) {
    if (isProxy(at)) return groups;
    const names = ownNames(at);
    groups.push(Object.getPrototypeOf(at) === null && !isFirst || at !== value ? names.filter((name) => !legacy.test(name)) : names);
    isFirst = false;
    if (groups.length > 50) break;
  }
  return groups;
}

/** Groups as they are shown: what an earlier one has, a later one leaves out; "" between them. */
function joined(groups, filter) {
  const lower = filter.toLowerCase();
  const shown = [];
  const seen = new Set(['']);
  for (const group of groups) {
    const names = [...new Set(group)].filter((name) => name.toLowerCase().startsWith(lower))
      .sort((a, b) => (b > a ? 1 : -1));
    for (const name of seen.size > 0 ? names : []) {
      if (!seen.has(name)) {
        seen.add(name);
        shown.unshift(name);
      }
    }
    shown.unshift('');
  }
  while (shown[0] === '') shown.shift();
  const text = shown.filter((name, i) => name !== '' || shown[i - 1] !== '' && i > 0);
  while (text.at(-1) === '') text.pop();
  return text;
}

function completeScope(server, filter) {
  const groups = [];
  const global = globalOf(server);
  for (let at = global; at !== null; at = Object.getPrototypeOf(at)) {
    groups.unshift(ownNames(at).filter((name) => !legacy.test(name) || filter.startsWith('__')));
  }
  groups.at(-1).push(...engineOf(server).lexicalNames());
  groups.push(filter === '' ? [] : keywords);
  return joined(groups, filter);
}

function completeProperty(server, expression, filter, dot) {
  const value = walk(server, expression);
  if (value === nothing || value === null || value === undefined) return [];
  return joined(namesOf(value), filter).map((name) => (name === '' ? '' : `${expression}${dot}${name}`));
}

// ---- modules and files --------------------------------------------------------------------------------------------------------

const requireCall = /\brequire\s*\(\s*((["'`])([\w@./:-]*)(?:\2)?)$/;
const importCall = /\bimport\s*\(\s*((["'`])([\w@./:-]*)(?:\2)?)$/;
const fsCall = /\bfs(?:\.promises)?\.[A-Za-z]+\s*\(\s*(["'])([^"']*)$/;

function entries(folder) {
  try {
    return load('fs').readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

const isFolder = (entry, file) => entry.isDirectory() || entry.isSymbolicLink() &&
  Boolean(load('fs').statSync(file, { throwIfNoEntry: false })?.isDirectory());

/** What require() finds in a folder by a beginning of a name. */
function moduleFiles(server, folder, prefix, extensions, keepExtension) {
  const path = load('path');
  const found = [];
  const index = new RegExp(`^index(?:${extensions.map((one) => one.replace('.', '\\.')).join('|')})$`);
  for (const entry of entries(folder)) {
    const { name } = entry;
    if (/-\d+\.\d+/.test(name)) continue;
    const file = path.join(folder, name);
    if (!isFolder(entry, file)) {
      const extension = path.extname(name);
      const base = keepExtension ? name : name.slice(0, name.length - extension.length);
      if (extensions.includes(extension) && (prefix === '' && base !== 'index' || prefix !== '' || keepExtension)) found.push(prefix + base);
      continue;
    }
    found.push(`${prefix}${name}/`);
    if (!keepExtension && entries(file).some((one) => index.test(one.name) || one.name === 'package.json')) found.push(prefix + name);
  }
  return found;
}

function completeModule(server, typed, isImport) {
  const path = load('path');
  const extensions = isImport ? ['.mjs', '.cjs', '.js', '.json', '.node', '.wasm'] : Object.keys(server.context.require?.extensions ??
    load('module')._extensions);
  const groups = [];
  const slash = typed.lastIndexOf('/');
  const prefix = slash === -1 ? '' : typed.slice(0, slash + 1);
  if (typed === '.') groups.push(['./', '../']);
  else if (typed === '..') groups.push(['../']);
  else if (/^\.\.?\//.test(typed)) groups.push(moduleFiles(server, path.resolve(prefix), prefix, extensions, isImport || /-extensions\//.test(prefix)));
  else if (!path.isAbsolute(typed)) {
    const folders = server.context.module?.paths ?? load('module')._nodeModulePaths(process.cwd());
    groups.push(folders.flatMap((folder) => packageFiles(server, path.resolve(folder, prefix), prefix, extensions)));
  }
  if (!/^\.\.?(?:\/|$)/.test(typed)) {
    groups.push(modules.names.filter((name) => name.startsWith(typed)));
    groups.push(modules.names.filter((name) => !name.startsWith('node:') && builtins.has(name)).map((name) => `node:${name}`));
    const schemed = builtins.allNames().filter((name) => name.startsWith('node:'));
    groups[groups.length - 1].push(...schemed);
  }
  return groups;
}

function packageFiles(server, folder, prefix, extensions) {
  return moduleFiles(server, folder, prefix, extensions, false);
}

function completeSpecifier(server, match, isImport) {
  const [, , quote, typed] = match;
  if (match[1].length > 1 && match[1].endsWith(quote)) return [[], undefined];
  const shown = [];
  const groups = completeModule(server, typed, isImport);
  const last = groups.length > 1 ? groups.pop() : undefined;
  for (const group of last === undefined ? groups : [...groups, last]) {
    const names = [...new Set(group)].filter((name) => name.startsWith(typed)).sort();
    if (names.length === 0) continue;
    if (shown.length > 0) shown.unshift('');
    shown.unshift(...names);
  }
  return [shown, typed];
}

function completeFile(typed) {
  const path = load('path');
  if (entries(path.resolve(typed || '.')).length > 0) {
    return [entries(path.resolve(typed || '.')).map((entry) => entry.name + (entry.isDirectory() ? '/' : '')), path.basename(typed)];
  }
  const folder = typed.endsWith('/') || typed === '' ? typed : path.dirname(typed) === '.' && !typed.startsWith('.') ? '' : `${path.dirname(typed)}/`;
  const base = typed.slice(typed.lastIndexOf('/') + 1);
  const names = entries(path.resolve(folder || '.')).filter(({ name }) => name.startsWith(base))
    .map((entry) => entry.name + (entry.isDirectory() ? '/' : ''));
  return [names, base];
}

// ---- all of it ------------------------------------------------------------------------------------------------------------------

function completionsOf(server, line) {
  const text = line.trimStart();
  const command = /^\s*\.(\w*)$/.exec(text);
  if (command !== null) {
    const names = Object.keys(server.commands).filter((name) => name.startsWith(command[1])).sort();
    return [command[1] === '' ? names.map((name) => name) : names, command[1]];
  }
  const match = requireCall.exec(line);
  if (match !== null) return completeSpecifier(server, match, false);
  const imported = importCall.exec(line);
  if (imported !== null) return completeSpecifier(server, imported, true);
  const file = fsCall.exec(line);
  if (file !== null && server.allowBlockingCompletions) return completeFile(file[2]);
  if (/^\s*$/.test(line)) return [completeScope(server, ''), ''];
  const property = /^([^]*?)(\??\.)([A-Za-z_$][\w$]*)?$/.exec(line);
  if (property !== null && /(?:\?\.|\.)[\w$]*$/.test(line)) {
    const at = /(\??\.)([A-Za-z_$][\w$]*)?$/.exec(line);
    const before = line.slice(0, at.index);
    const from = expressionStart(before);
    const filter = at[2] ?? '';
    if (from === -1 || from === before.length) return [[], line];
    const expression = before.slice(from);
    if (/^\d+$/.test(expression)) return [[], line];
    return [completeProperty(server, expression, filter, at[1]), `${expression}${at[1]}${filter}`];
  }
  const word = /[A-Za-z_$][\w$]*$/.exec(line);
  if (word === null) return [[], undefined];
  if (/\b(?:let|const|var|class|function)\s+[\w$]*$/.test(line)) return [[], word[0]];
  return [completeScope(server, word[0]), word[0]];
}

/** @param {object} server @param {string} line @param {(error: null, answer: [string[], string]) => void} done */
function complete(server, line, done) {
  let answer;
  try {
    answer = completionsOf(server, line);
  } catch {
    answer = [[], line];
  }
  done(null, answer);
}

/** In the editor only what all completions have in common. */
function completeInEditor(server, line, done) {
  complete(server, line, (error, [completions, completed]) => {
    if (error || completions.length === 0) done(error, [completions, completed]);
    else done(null, [[commonPrefix(completions.filter((one) => one !== ''))], completed]);
  });
}

module.exports = { complete, completeInEditor, modules };
