'use strict';
// process.allowedNodeEnvironmentFlags: a set that nobody can change, which takes a flag in any spelling.

const trimmed = (flag) => flag.replace(/^--?/, '').replaceAll('_', '-');

/** @returns {Set<string>} */
function allowedFlags() {
  const flat = internalBinding('process_control').environmentOptions();
  const flags = [];
  for (let i = 0; i < flat.length; i += 4) {
    const [name, letter, alias, negatable] = flat.slice(i, i + 4);
    flags.push(name);
    if (negatable) flags.push(`--no-${name.slice(2)}`);
    if (letter !== null) flags.push(letter);
    if (alias !== null) flags.push(alias);
  }
  const known = new Set(flags.map(trimmed));

  class AllowedFlags extends Set {
    add() { return this; }
    delete() { return false; }
    clear() {}
    has(flag) {
      if (typeof flag !== 'string' || /^---/.test(flag)) return false;
      const bare = flag.replace(/=.*$/s, '');
      if (/^--?/.test(bare)) {
        const dashed = bare.replace(/(?!^--?)_/g, '-');
        return flags.includes(dashed);
      }
      return known.has(trimmed(bare));
    }
    get size() { return flags.length; }
    forEach(callback, thisArg) { flags.forEach((flag) => Reflect.apply(callback, thisArg, [flag, flag, this])); }
    * entries() { for (const flag of flags) yield [flag, flag]; }
    values() { return flags[Symbol.iterator](); }
    keys() { return this.values(); }
    [Symbol.iterator]() { return this.values(); }
  }
  const set = new AllowedFlags();
  Object.freeze(flags);
  Object.freeze(AllowedFlags.prototype);
  return Object.freeze(set);
}

module.exports = { allowedFlags };
