'use strict';
// TypeScript (Node documentation: "Modules: TypeScript"): types are replaced by blanks, so that every place stays where it
// is; with --experimental-transform-types what has no such form (enum, namespace) is rewritten, with a source map. Both
// by npm's amaro, which is a parser as WebAssembly: it is loaded by the first TypeScript text.
const options = require('./options');

const errors = () => require('../errors').codes;

/** Of files by their name: undefined where the package, or the text, decides between the two. */
const formats = { __proto__: null, '.ts': undefined, '.mts': 'module-typescript', '.cts': 'commonjs-typescript' };

/** @param {string} extension */
const isTypeScript = (extension) => extension in formats && options.stripTypes;

/** @param {string | null | undefined} format */
const isTypeScriptFormat = (format) => typeof format === 'string' && format.endsWith('typescript');

/** "module-typescript" → "module"; "typescript" → undefined */
const plainFormat = (format) => (format === 'typescript' ? undefined : format.replace('-typescript', ''));

let transformSync;

/** What amaro says is wrong, as Node reports it. */
function errorOf(error, filename) {
  const { ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX, ERR_INVALID_TYPESCRIPT_SYNTAX } = errors();
  if (error?.code !== 'UnsupportedSyntax' && error?.code !== 'InvalidSyntax') return error;
  const made = error.code === 'UnsupportedSyntax'
    ? new ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX(error.message) : new ERR_INVALID_TYPESCRIPT_SYNTAX(error.message);
  made.stack = `${filename}:${error.startLine}\n${error.snippet}\n${made.stack}`;
  require('./arrow').markDecorated(made);
  return made;
}

/**
 * @param {string} source
 * @param {{mode: 'strip-only' | 'transform', sourceMap: boolean, filename: string}} how
 * @returns {{code: string, map?: string}}
 */
function transform(source, how) {
  transformSync ??= require('amaro').transformSync;
  try {
    return transformSync(source, { ...how, deprecatedTsModuleAsError: true });
  } catch (error) {
    throw errorOf(error, how.filename);
  }
}

const mapComment = (map) => `\n\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}`;

/**
 * module.stripTypeScriptTypes()
 * @param {string} code
 * @param {{mode?: 'strip' | 'transform', sourceMap?: boolean, sourceUrl?: string}} [wanted]
 * @returns {string}
 */
function stripTypeScriptTypes(code, wanted = { __proto__: null }) {
  const { validateBoolean, validateObject, validateOneOf, validateString } = require('../validators');
  validateString(code, 'code');
  validateObject(wanted, 'options');
  const { sourceMap = false, sourceUrl = '', mode = 'strip' } = wanted;
  validateOneOf(mode, 'options.mode', ['strip', 'transform']);
  validateString(sourceUrl, 'options.sourceUrl');
  if (mode === 'strip') validateOneOf(sourceMap, 'options.sourceMap', [false, undefined]);
  else validateBoolean(sourceMap, 'options.sourceMap');
  require('../experimental').warnExperimental('stripTypeScriptTypes');
  const { code: made, map } = transform(code, { mode: mode === 'strip' ? 'strip-only' : mode, sourceMap, filename: sourceUrl });
  if (map) return made + mapComment(map);
  return sourceUrl === '' ? made : `${made}\n\n//# sourceURL=${sourceUrl}`;
}

/**
 * The JavaScript of a file.
 * @param {string} source
 * @param {string} name its path or URL
 */
function stripModule(source, name) {
  if (name.includes('/node_modules/')) {
    const { ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING } = errors();
    throw new ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING(name);
  }
  return strip(source, name[0] === '/' ? require('./file_url').pathToURL(name) : name);
}

/** The JavaScript of any text. @param {string} url what it is called */
function strip(source, url) {
  if (!options.transformTypes) {
    const { code } = transform(source, { mode: 'strip-only', sourceMap: false, filename: url });
    return url.startsWith('[') ? code : `${code}\n\n//# sourceURL=${url}`;
  }
  require('../experimental').warnExperimental('Transform Types');
  const { code, map } = transform(source, { mode: 'transform', sourceMap: true, filename: url });
  const made = map ? code + mapComment(map) : code;
  require('../source_maps').note(url, made, true);
  return made;
}

module.exports = { formats, isTypeScript, isTypeScriptFormat, plainFormat, stripTypeScriptTypes, stripModule, strip };
