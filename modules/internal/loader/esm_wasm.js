'use strict';
// WebAssembly as ES modules (Node documentation: Modules: ECMAScript modules, "Wasm modules"; the WebAssembly/ES Module
// Integration proposal). A source text stands for the module: it imports what the WebAssembly module imports, and its
// import.meta, which nobody else sees, instantiates that with the namespaces.
const binding = internalBinding('esm');
const { idOfModule } = require('../vm/import');

/** namespace → the instance's exports, with globals and all: for other WebAssembly modules */
const instances = new WeakMap();

const reserved = (name) => name.startsWith('wasm:') || name.startsWith('wasm-js:');

function checkNames(module, url) {
  const refuse = (what, name) => {
    throw new WebAssembly.LinkError(`Invalid Wasm ${what} name '${name}' in ${url}`);
  };
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (reserved(from) && from.startsWith('wasm-js:')) refuse('import', from);
    if (reserved(name)) refuse('import', name);
  }
  for (const { name } of WebAssembly.Module.exports(module)) if (reserved(name)) refuse('export', name);
}

/** Globals are exported by value. One whose value JS cannot have stays undefined. */
function valueOf(exported) {
  if (!(exported instanceof WebAssembly.Global)) return exported;
  try {
    return exported.value;
  } catch {
    return undefined;
  }
}

/**
 * Sets record.handle and record.sourceObject.
 * @param {object} record
 * @param {Uint8Array} bytes
 */
function makeWasm(record, bytes) {
  const module = new WebAssembly.Module(bytes, { builtins: ['js-string'], importedStringConstants: 'wasm:js/string-constants' });
  checkNames(module, record.url);
  const specifiers = [...new Set(WebAssembly.Module.imports(module).map((one) => one.module))];
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  const text = [
    ...specifiers.map((specifier, i) => `import * as i${i} from ${JSON.stringify(specifier)};`),
    `const exports = import.meta.instantiate([${specifiers.map((_, i) => `i${i}`)}]);`,
    ...names.map((name, i) => `const e${i} = exports[${i}]; export { e${i} as ${JSON.stringify(name)} };`),
  ].join('\n');
  const id = idOfModule(undefined, undefined, (meta) => {
    meta.instantiate = (namespaces) => {
      require('../experimental').warnExperimental('Importing WebAssembly module instances');
      const imports = { __proto__: null };
      specifiers.forEach((specifier, i) => { imports[specifier] = instances.get(namespaces[i]) ?? namespaces[i]; });
      const { exports } = new WebAssembly.Instance(module, imports);
      instances.set(binding.namespace(record.handle), exports);
      return names.map((name) => valueOf(exports[name]));
    };
  });
  record.handle = binding.compileModule(text, record.url, 0, 0, id);
  record.sourceObject = module;
  binding.setSource(record.handle, module);
}

module.exports = { makeWasm };
