// build.mjs OUT: bundles everything below modules/ into one script, whose value is a function of internalBinding
// that returns bootstrap's exports.
//
// The registry of built-in modules is made from the files: node/fs/promises.js is "fs/promises". In npm libraries, the
// names of built-in modules mean ours. CommonJS throughout: esbuild makes each file a function that runs on first use,
// so what the snapshot does not evaluate stays source until somebody requires it.
import { build } from 'esbuild';
import fs from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const top = path.dirname(fileURLToPath(import.meta.url));
const nodeDir = path.join(top, 'node');
const names = fs.readdirSync(nodeDir, { recursive: true })
  .map((file) => String(file).split(path.sep).join('/'))
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice(0, -3))
  .sort();

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
    setup.onResolve({ filter: /^@exodus\/bytes\// }, () => ({ path: path.join(top, 'internal/whatwg_bytes.js') }));
    // readable-stream's stand-ins for parts of Node are replaced by the real ones.
    setup.onResolve({ filter: /(ours\/errors|shims\/process|^abort-controller)$/ }, ({ path: name, importer }) => {
      if (!importer.includes('readable-stream')) return undefined;
      if (name.endsWith('errors')) return { path: path.join(top, 'internal/errors.js') };
      return { path: path.join(top, name.endsWith('process') ? 'node/process.js' : 'web/abort.js') };
    });
    setup.onResolve({ filter: /^\.\/errors$/ }, ({ importer }) =>
      (/readable-stream\/lib\/ours\//.test(importer) ? { path: path.join(top, 'internal/errors.js') } : undefined));
    // util.inspect's guesses at engine internals are replaced by the engine's answers (internal/inspect_engine.js).
    setup.onLoad({ filter: /node-inspect-extracted\/dist\/inspect\.js$/ }, ({ path: file }) => {
      const table = ',e={};function r(n){';
      const code = fs.readFileSync(file, 'utf8');
      if (code.split(table).length !== 2) throw new Error('node-inspect-extracted: its module table moved, see build.mjs');
      const engine = JSON.stringify(path.join(top, 'internal/inspect_engine.js'));
      const polyfills = JSON.stringify(path.join(top, 'internal/polyfills.js'));
      const globals = 'd(nt(Kt),(function'; // what counts as built into the engine; our globals do not
      if (!code.includes(globals)) throw new Error('node-inspect-extracted: its list of globals moved, see build.mjs');
      return {
        contents: code.replace(globals, `d(require(${polyfills}).engineGlobals,(function`).replace(table, () => `,e={};for(const [i,f] of Object.entries(require(${engine})))t[i]=(m)=>{m.exports=f()};function r(n){`),
        loader: 'js',
      };
    });
    setup.onLoad({ filter: /.*/, namespace: 'jsd' }, () => ({
      contents: `module.exports = { __proto__: null,\n${names.map((name) =>
        `  ${JSON.stringify(name)}: () => require(${JSON.stringify(path.join(nodeDir, `${name}.js`))}),`).join('\n')}\n};\n`,
      resolveDir: top,
      loader: 'js',
    }));
  },
};

const result = await build({
  entryPoints: [path.join(top, 'internal/bootstrap.js')],
  outfile: process.argv[2],
  bundle: true,
  format: 'iife',
  globalName: 'jsdBuiltins',
  platform: 'neutral',
  mainFields: ['main'],
  conditions: ['node', 'require'],
  target: 'es2022',
  charset: 'ascii',
  legalComments: 'none',
  // One function of one parameter, as the script's value.
  banner: { js: '(function (internalBinding) {' },
  footer: { js: 'return jsdBuiltins;\n});' },
  logLevel: 'warning',
  plugins: [ours],
});
if (result.errors.length) process.exitCode = 1;
