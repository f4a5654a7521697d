'use strict';
// Error.prepareStackTrace (Node documentation: Errors): the text of a stack, with places that source maps know by their
// originals. It is a property of Error's, as programs expect that read it, replace it and put it back.

/** What Error.prototype.toString gives, or says of an error that cannot tell. */
function headOf(error) {
  try {
    return Reflect.apply(Error.prototype.toString, error, []);
  } catch {
    return '<error>';
  }
}

/** A frame in terms of the original source, or as it is. */
function frameOf(site, caller) {
  const maps = require('./source_maps');
  const file = site.getFileName() ?? site.getEvalOrigin?.();
  const line = site.getLineNumber();
  if (typeof file !== 'string' || line === null) return `${site}`;
  const place = maps.origin(file, line, site.getColumnNumber());
  if (place === undefined) return `${site}`;
  const callerFile = caller?.getFileName();
  const called = callerFile === file ? maps.origin(file, caller.getLineNumber(), caller.getColumnNumber())?.name : undefined;
  const type = site.getTypeName();
  const own = `${type !== null && type !== 'global' ? `${type}.` : ''}${site.getFunctionName() ?? site.getMethodName() ?? '<anonymous>'}`;
  return `${called ?? own} (${place.file}:${place.line}:${place.column})`;
}

/**
 * @param {any} error
 * @param {CallSite[]} sites
 * @returns {string}
 */
function prepareStackTrace(error, sites) {
  const head = headOf(error);
  if (sites.length === 0) return head;
  const lines = mapped() ? sites.map((site, i) => frameOf(site, sites[i + 1])) : sites;
  return `${head}\n    at ${lines.join('\n    at ')}`;
}

let mapped = () => false;

/** From the first source map on. */
function useSourceMaps() {
  mapped = require('./source_maps').any;
}

module.exports = { prepareStackTrace, useSourceMaps };
