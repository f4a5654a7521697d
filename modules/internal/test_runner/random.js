'use strict';
// A sequence of random numbers that a seed decides (Mulberry32, by Tommy Ettinger, public domain), for --test-randomize.

class Random {
  #state;

  constructor(seed) { this.#state = seed >>> 0; }

  /** @returns {number} 0 <= x < 1 */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** @returns {number} a whole number below n */
  below(n) { return Math.floor(this.next() * n); }

  /** @template T @param {T[]} list @returns {T[]} a new list: one after the other drawn from what is left */
  shuffle(list) {
    const left = [...list];
    const out = [];
    while (left.length > 0) out.push(left.length === 1 ? left.pop() : left.splice(this.below(left.length), 1)[0]);
    return out;
  }
}

const newSeed = () => Math.floor(Math.random() * 2 ** 32);

module.exports = { Random, newSeed };
