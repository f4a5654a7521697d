'use strict';
// fs.Stats, fs.BigIntStats, fs.StatFs, fs.Dirent. Fields come from C in the order of stat_value in fs.c.
const { constants: { S_IFMT, S_IFREG, S_IFDIR, S_IFCHR, S_IFBLK, S_IFIFO, S_IFLNK, S_IFSOCK } } = internalBinding('fs');
const path = require('../../node/path');
const { deprecate } = require('../util');

const kinds = { isDirectory: S_IFDIR, isFile: S_IFREG, isBlockDevice: S_IFBLK, isCharacterDevice: S_IFCHR,
  isSymbolicLink: S_IFLNK, isFIFO: S_IFIFO, isSocket: S_IFSOCK };

function StatsBase() {}
for (const [name, kind] of Object.entries(kinds)) {
  StatsBase.prototype[name] = function is() {
    return typeof this.mode === 'bigint' ? (Number(this.mode) & S_IFMT) === kind : (this.mode & S_IFMT) === kind;
  };
}

function fill(stats, f) {
  stats.dev = f[0];
  stats.mode = f[1];
  stats.nlink = f[2];
  stats.uid = f[3];
  stats.gid = f[4];
  stats.rdev = f[5];
  stats.blksize = f[6];
  stats.ino = f[7];
  stats.size = f[8];
  stats.blocks = f[9];
}

const times = ['atime', 'mtime', 'ctime', 'birthtime'];

/** Node documentation: class fs.Stats; its constructor is deprecated, of numbers in the order of the fields. */
const Stats = deprecate(function Stats(...fields) {
  fill(this, fields);
  for (let i = 0; i < 4; i++) this[`${times[i]}Ms`] = fields[10 + i];
}, 'fs.Stats constructor is deprecated.', 'DEP0180');
Object.defineProperty(Stats, 'name', { value: 'Stats' });

/** The same from C's fields. */
function FileStats(f) {
  fill(this, f);
  for (let i = 0; i < 4; i++) this[`${times[i]}Ms`] = f[10 + 2 * i] * 1000 + f[11 + 2 * i] / 1e6;
}
Stats.prototype = Object.create(StatsBase.prototype, { constructor: { value: Stats, writable: true, configurable: true } });
FileStats.prototype = Stats.prototype;

function BigIntStats(f) {
  fill(this, f);
  for (let i = 0; i < 4; i++) {
    const ns = f[10 + 2 * i] * 1000000000n + f[11 + 2 * i];
    this[`${times[i]}Ms`] = ns / 1000000n;
    this[`${times[i]}Ns`] = ns;
  }
}
BigIntStats.prototype = Object.create(StatsBase.prototype, {
  constructor: { value: BigIntStats, writable: true, configurable: true },
});

// Dates are made when they are looked at.
for (const name of times) {
  for (const prototype of [Stats.prototype, BigIntStats.prototype]) {
    Object.defineProperty(prototype, name, {
      enumerable: true,
      configurable: true,
      get() {
        const value = new Date(Math.floor(Number(this[`${name}Ms`]) + 0.5));
        Object.defineProperty(this, name, { value, enumerable: true, configurable: true, writable: true });
        return value;
      },
      set(value) {
        Object.defineProperty(this, name, { value, enumerable: true, configurable: true, writable: true });
      },
    });
  }
}

const makeStats = (fields) => (fields instanceof BigInt64Array ? new BigIntStats(fields) : new FileStats(fields));

class StatFs {
  constructor(fields, big) {
    const names = ['type', 'bsize', 'frsize', 'blocks', 'bfree', 'bavail', 'files', 'ffree'];
    names.forEach((name, i) => { this[name] = big ? BigInt(fields[i]) : fields[i]; });
  }
}

const direntKinds = { isFile: 1, isDirectory: 2, isSymbolicLink: 3, isFIFO: 4, isSocket: 5, isCharacterDevice: 6, isBlockDevice: 7 };
const kType = Symbol('type');

/** Node documentation: class fs.Dirent. */
class Dirent {
  constructor(name, parentPath, type) {
    this.name = name;
    this.parentPath = parentPath;
    this.path = parentPath;
    this[kType] = type;
  }
}
for (const [name, type] of Object.entries(direntKinds)) {
  Dirent.prototype[name] = function is() { return this[kType] === type; };
}

/** The type of a directory entry whose file system did not tell: from its stat. */
function typeOf(stats) {
  for (const [name, type] of Object.entries(direntKinds)) if (stats[name]()) return type;
  return 0;
}

function joinName(parent, name) {
  if (!(name instanceof Uint8Array) && !(parent instanceof Uint8Array)) return path.join(`${parent}`, name);
  return Buffer.concat([Buffer.from(parent), Buffer.from('/'), Buffer.from(name)]);
}

module.exports = { Stats, BigIntStats, StatFs, Dirent, makeStats, typeOf, joinName };
