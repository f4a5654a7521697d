'use strict';
// Which tests run: by name patterns, by tags, by `only`. What is left out is not reported.

/** @param {string | RegExp} pattern as on the command line: a text, or /text/flags */
function toRegExp(pattern) {
  if (typeof pattern !== 'string') return pattern;
  const literal = /^\/(.*)\/([a-z]*)$/s.exec(pattern);
  try {
    return literal === null ? new RegExp(pattern) : new RegExp(literal[1], literal[2]);
  } catch (error) {
    const { codes: { ERR_INVALID_ARG_VALUE } } = require('../errors');
    throw new ERR_INVALID_ARG_VALUE(literal === null ? 'pattern' : 'pattern', pattern, `is an invalid regular expression.${
      error?.stack ? ` ${error.message}` : ''}`);
  }
}

class Filter {
  /** @param {{ only?: boolean, namePatterns?: RegExp[], skipPatterns?: RegExp[], tagFilters?: string[] }} settings */
  constructor({ only = false, mayDeclareOnly = false, namePatterns, skipPatterns, tagFilters }) {
    // Whether `only` counts; where tests may say so themselves, it does once one has.
    this.only = only || mayDeclareOnly;
    this.onlyAtTop = only;
    this.names = namePatterns?.length ? namePatterns : null;
    this.skips = skipPatterns?.length ? skipPatterns : null;
    this.tags = tagFilters?.length ? tagFilters.map((tag) => tag.toLowerCase()) : null;
    this.active = this.only || this.names !== null || this.skips !== null || this.tags !== null;
  }

  #matches(test, patterns) {
    for (const pattern of patterns) {
      pattern.lastIndex = 0;
      if (pattern.test(test.name)) return true;
    }
    if (test.parent === null || test.parent.parent === null) return false;
    if (this.#matches(test.parent, patterns)) return true;
    const full = test.fullName.replaceAll(' > ', ' ');
    return patterns.some((pattern) => {
      pattern.lastIndex = 0;
      return pattern.test(full);
    });
  }

  /** Whether its name or its tags leave a test out. */
  #excludedByName(test) {
    if (this.skips !== null && this.#matches(test, this.skips)) return true;
    if (this.names !== null && !this.#matches(test, this.names)) return true;
    return this.tags !== null && !this.tags.every((tag) => test.tags.includes(tag));
  }

  /** What is known when it is declared. A suite is looked at when it runs, with all that is in it. */
  excludes(test) {
    const { parent } = test;
    if (test.only || parent.onlySubtests) this.#declaredOnly(test, parent);
    if (!this.active || test.reportedType === 'suite' || parent.reportedType === 'suite') return false;
    if (this.#excludedByName(test)) return true;
    if (!this.only || parent.parent === null) return false;
    return (parent.onlySubtests && !test.only) || (this.onlyAtTop && test.only === false);
  }

  #declaredOnly(test, parent) {
    if (!this.only) {
      test.diagnostic("'only' and 'runOnly' require the --test-only command-line option.");
      return;
    }
    if (!test.only) return;
    if (parent.parent === null || parent.reportedType === 'suite') this.onlyAtTop = true;
    else parent.onlySubtests = true;
  }

  /** A test at the top, when all tests are declared. */
  excludesAtStart(test) { return this.onlyAtTop && test.reportedType !== 'suite' && !test.only; }

  /** Chooses among what a suite declared. Called when the suite runs, outermost first. */
  select(suite) {
    if (suite.excluded) suite.filtered = true;
    if (!this.active || suite.selected || suite.excluded) return;
    const wanted = this.onlyAtTop ? this.#selectOnly(suite, false) : undefined;
    this.#apply(suite, wanted);
  }

  #hasOnly(suite) {
    return suite.subtests.some((test) => test.only || (test.reportedType === 'suite' && this.#hasOnly(test)));
  }

  /** @returns {Set<Test>} the tests that `only` chooses below a suite */
  #selectOnly(suite, all, out = new Set()) {
    const chosen = this.#hasOnly(suite);
    const everything = !chosen && (all || Boolean(suite.only));
    for (const test of suite.subtests) {
      if (test.reportedType === 'suite') this.#selectOnly(test, everything, out);
      else if (everything || (chosen && test.only)) out.add(test);
    }
    return out;
  }

  /** Marks what is left out. @returns {boolean} whether anything is left */
  #apply(suite, wanted) {
    suite.selected = true;
    let left = false;
    for (const test of suite.subtests) {
      if (test.reportedType === 'suite') test.filtered = !this.#apply(test, wanted) || test.excluded;
      else test.filtered = this.#excludedByName(test) || (wanted !== undefined && !wanted.has(test));
      if (!test.filtered) left = true;
    }
    if (suite.subtests.length === 0) left = !this.#excludedByName(suite) && (!this.onlyAtTop || Boolean(suite.only));
    if (!left && suite.error !== null && suite.reportedType === 'suite') left = true;
    suite.filtered = !left;
    return left;
  }
}

module.exports = { Filter, toRegExp };
