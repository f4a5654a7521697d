'use strict';
// Node's words for what goes wrong where ES modules meet CommonJS.
const packages = require('./package_json');
const { urlToPath } = require('./file_url');

/** `import { a, b as c } from 'x'` in `source` as a pattern: "{ a, b: c }". */
function destructuring(source, specifier) {
  const quoted = specifier.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const match = new RegExp(`import\\s*(?:[\\w$]+\\s*,\\s*)?(\\{[^}\\n]*\\})\\s*from\\s*(['"])${quoted}\\2`).exec(source);
  return match?.[1].replace(/\s+as\s+/g, ': ').replace(/\s+/g, ' ');
}

/** All modules that a record imports, itself included. */
function* graphOf(record, seen = new Set()) {
  if (seen.has(record)) return;
  seen.add(record);
  yield record;
  for (const target of record.targets ?? []) yield* graphOf(target, seen);
}

/** A named import that a CommonJS module does not have: says that names are only guessed for those. */
function explainMissingExport(error, root) {
  const match = /^The requested module '(.*)' does not provide an export named '(.*)'$/.exec(error?.message);
  if (match === null || !(error instanceof SyntaxError)) return;
  const [, specifier, name] = match;
  for (const record of graphOf(root)) {
    const at = record.requests?.indexOf(specifier) ?? -1;
    if (at === -1 || record.targets[at / 5]?.format !== 'commonjs') continue;
    const pattern = destructuring(record.source ?? '', specifier);
    error.message = `Named export '${name}' not found. The requested module '${specifier}' is a CommonJS module, which may not ` +
      'support all module.exports as named exports.\nCommonJS modules can always be imported via the default export, for example ' +
      `using:\n\nimport pkg from '${specifier}';\n${pattern === undefined ? '' : `const ${pattern} = pkg;\n`}`;
    return;
  }
}

/** CommonJS's variables do not exist in an ES module. */
function explainScope(error, record) {
  if (!(error instanceof ReferenceError)) return;
  const match = /^(require|module|exports|__filename|__dirname) is not defined$/.exec(error.message);
  if (match === null) return;
  let text = `${error.message} in ES module scope`;
  if (match[1] === 'require') text += ', you can use import instead';
  if (record.url.startsWith('file:')) {
    const path = urlToPath(record.url);
    const pkg = path.endsWith('.js') ? packages.scopeOf(path) : null;
    if (pkg?.type === 'module') {
      text += "\nThis file is being treated as an ES module because it has a '.js' file extension and " +
        `'${pkg.path}' contains "type": "module". To treat it as a CommonJS script, rename it to use the '.cjs' file extension.`;
    }
  }
  error.message = text;
}

module.exports = { explainMissingExport, explainScope };
