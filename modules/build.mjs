// build.mjs OUT: puts everything below modules/ into one file, a script for each module, so that stacks name the module
// and its own lines ("node:internal/http/client:88:5"). runtime/v8/builtins.cc reads it; its layout is at the end of this
// file.
//
// esbuild finds the modules and resolves what they require; the texts of ours stay as they are, but for the argument of
// `require`: a number, padded so that no column moves. Libraries are printed anew by esbuild (for what of them is not
// ASCII). The registry of built-in modules is made from the files: node/fs/promises.js is "fs/promises". In npm
// libraries, the names of built-in modules mean ours. CommonJS throughout: a module's script is compiled and run on first
// use, so what the snapshot does not evaluate stays source until somebody requires it.
import { build, transform } from 'esbuild';
import fs from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { patch, patches } from './patches.mjs';

const top = path.dirname(fileURLToPath(import.meta.url));
const nodeDir = path.join(top, 'node');
const names = fs.readdirSync(nodeDir, { recursive: true })
  .map((file) => String(file).split(path.sep).join('/'))
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice(0, -3))
  .sort();

/** The module that knows all others by name. */
const registryText = () => `module.exports = { __proto__: null,\n${names.map((name) =>
  `  ${JSON.stringify(name)}: () => require(${JSON.stringify(path.join(nodeDir, `${name}.js`))}),`).join('\n')}\n};\n`;

/** util.inspect's guesses at engine internals are replaced by the engine's answers (internal/inspect_engine.js). */
function patched(file, code) {
  if (file !== 'node_modules/node-inspect-extracted/dist/inspect.js') return patch(file, code);
  const table = ',e={};function r(n){';
  const globals = 'd(nt(Kt),(function'; // what counts as built into the engine; our globals do not
  if (code.split(table).length !== 2) throw new Error('node-inspect-extracted: its module table moved, see build.mjs');
  if (!code.includes(globals)) throw new Error('node-inspect-extracted: its list of globals moved, see build.mjs');
  const symbolKey = 'c="[".concat(t.stylize(v,"symbol"),"]")'; // { Symbol(a): 1 } since Node 24.20
  if (code.split(symbolKey).length !== 2) throw new Error('node-inspect-extracted: its keys moved, see build.mjs');
  const engine = '../../../internal/inspect_engine.js';
  // Errors of other contexts are errors.
  const isError = 'isError:function(t){return t instanceof Error}';
  if (!code.includes(isError)) throw new Error('node-inspect-extracted: its isError moved, see build.mjs');
  code = code.replace(isError, "isError:function(t){return t instanceof Error||require('../../../internal/types.js').isNativeError(t)}");
  return code.replace(symbolKey, 'c=t.stylize(v,"symbol")').replace(globals, "d(require('../../../internal/engine_globals.js'),(function").replace(table, () =>
    `,e={};for(const [i,f] of Object.entries(require('${engine}')))t[i]=(m)=>{m.exports=f()};function r(n){`);
}

const ours = {
  name: 'built-in modules',
  setup(setup) {
    setup.onResolve({ filter: /^(jsd:registry|(node:)?[a-z_0-9]+(\/[a-z_]+)?\/?)$/ }, ({ path: name, importer }) => {
      if (name === 'jsd:registry') return { path: name, namespace: 'jsd' };
      const bare = name.replace(/^node:/, '').replace(/\/$/, '');
      if (names.includes(bare)) return { path: path.join(nodeDir, `${bare}.js`) };
      return builtinModules.includes(bare) ? missing(bare, importer) : undefined;
    });
    const missing = (name, importer) => ({ errors: [{ text: `no ${name}, wanted by ${path.relative(top, importer)}` }] });
    setup.onResolve({ filter: /^\.\.?\// }, ({ path: name, importer, resolveDir }) => {
      if (importer.includes('node_modules')) return undefined;
      const file = path.join(resolveDir, name);
      return [file, `${file}.js`, `${file}/index.js`].some((one) => fs.existsSync(one)) ? undefined : missing(path.relative(top, file), importer);
    });
    // readable-stream's stand-ins for parts of Node are replaced by the real ones.
    setup.onResolve({ filter: /(ours\/errors|shims\/process|^abort-controller)$/ }, ({ path: name, importer }) => {
      if (!importer.includes('readable-stream')) return undefined;
      if (name.endsWith('errors')) return { path: path.join(top, 'internal/errors.js') };
      return { path: path.join(top, name.endsWith('process') ? 'node/process.js' : 'web/abort.js') };
    });
    setup.onResolve({ filter: /^\.\/errors$/ }, ({ importer }) =>
      (/readable-stream\/lib\/ours\//.test(importer) ? { path: path.join(top, 'internal/errors.js') } : undefined));
    setup.onLoad({ filter: /\/node_modules\// }, ({ path: file }) => {
      const name = path.relative(top, file);
      if (!name.includes('node-inspect-extracted') && !(name in patches)) return undefined;
      return { contents: patched(name, fs.readFileSync(file, 'utf8')), loader: 'js' };
    });
    setup.onLoad({ filter: /.*/, namespace: 'jsd' }, () => ({ contents: registryText(), resolveDir: top, loader: 'js' }));
  },
};

const entry = path.join(top, 'internal/bootstrap.js');
const { metafile } = await build({
  entryPoints: [entry],
  bundle: true,
  write: false,
  metafile: true,
  absWorkingDir: top,
  format: 'cjs',
  platform: 'neutral',
  mainFields: ['main'],
  conditions: ['node', 'require'],
  target: 'es2022',
  logLevel: 'warning',
  plugins: [ours],
});

// ---- the scripts --------------------------------------------------------------------------------------------------------

const parameters = '(function (exports, module, require, internalBinding) { ';

/** What stacks call a module. @param {string} file as esbuild names it */
function nameOf(file) {
  if (file.startsWith('jsd:')) return 'node:internal/registry';
  const bare = file.replace(/\.js$/, '');
  if (bare.startsWith('node_modules/')) return `node:internal/deps/${bare.slice('node_modules/'.length)}`;
  return bare.startsWith('node/') ? `node:${bare.slice('node/'.length)}` : `node:internal/${bare.replace(/^internal\//, '')}`;
}

/** Texts are Latin-1 for the engine: comments may say more, code may not. */
function asciiOf(text, file) {
  return text.split('\n').map((line, i) => {
    const at = line.search(/[^\0-\x7f]/);
    if (at === -1) return line;
    const comment = line.search(/\/\/|\/\*|^\s*\*/);
    if (comment === -1 || comment > at) throw new Error(`${file}:${i + 1}: a character that is not ASCII: write \\u`);
    return line.replace(/[^\0-\x7f]/g, '?');
  }).join('\n');
}

/** The text that esbuild read. */
async function textOf(file) {
  if (file.startsWith('jsd:')) return registryText();
  const text = fs.readFileSync(path.join(top, file), 'utf8');
  if (!file.startsWith('node_modules/')) return asciiOf(text, file);
  const made = await transform(patched(file, text), {
    format: 'cjs', target: 'es2022', charset: 'ascii', legalComments: 'none', platform: 'neutral', loader: 'js',
  });
  return made.code;
}

const files = Object.keys(metafile.inputs).sort();
const first = files.indexOf(path.relative(top, entry));
files.unshift(...files.splice(first, 1));

/** The number of a script: 0 is the one that finds the others. */
function numberOf(file) {
  const at = files.indexOf(file);
  if (at === -1) throw new Error(`${file} is required, but not there`);
  return at + 1;
}

function withNumbers(text, file) {
  const targets = new Map(metafile.inputs[file].imports.map((one) => [one.original, one.path]));
  const found = new Set();
  const numbered = text.replace(/\brequire\((['"])([^'"\n]+)\1\)/g, (call, quote, request) => {
    const target = targets.get(request);
    if (target === undefined) return call;
    found.add(request);
    return `require(${String(numberOf(target)).padEnd(request.length + 2)})`;
  });
  for (const request of targets.keys()) {
    if (!found.has(request)) throw new Error(`${file}: write require('${request}'), with the name itself as its argument`);
  }
  return numbered;
}

const scripts = [{ name: 'node:internal/require', text: asciiOf(fs.readFileSync(path.join(top, 'require.js'), 'utf8'), 'require.js') }];
for (const file of files) {
  scripts.push({ name: nameOf(file), text: `${parameters}${withNumbers(await textOf(file), file)}\n})` });
}

// ---- the file: little-endian 32-bit numbers, count, then offset and length of each name, offset and length of each
// text; then the bytes. ---------------------------------------------------------------------------------------------------

const head = Buffer.alloc(4 + scripts.length * 16);
const parts = [head];
let size = head.length;
head.writeUInt32LE(scripts.length, 0);
scripts.forEach(({ name, text }, i) => {
  [name, text].forEach((one, at) => {
    const bytes = Buffer.from(one, 'latin1');
    head.writeUInt32LE(size, 4 + i * 16 + at * 8);
    head.writeUInt32LE(bytes.length, 8 + i * 16 + at * 8);
    parts.push(bytes);
    size += bytes.length;
  });
});
fs.writeFileSync(process.argv[2], Buffer.concat(parts));
