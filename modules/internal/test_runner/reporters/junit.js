'use strict';
// JUnit's XML. A test with subtests is a test suite there.
const platform = require('../platform');

const escapeAttribute = (text) => escapeContent(`${text}`.replaceAll('\n', '')).replaceAll('"', '&quot;');
const escapeContent = (text) => `${text}`.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const escapeLines = (text) => `${text}`.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll('\n', '&#10;');
const escapeComment = (text) => `${text}`.replaceAll('--', '&#45;&#45;');

/** @param {string | { comment?: string, tag?: string, attributes?: object, nesting: number, children?: any[] }} node */
function xml(node) {
  if (typeof node === 'string') return `${escapeContent(node)}\n`;
  const indent = '\t'.repeat(node.nesting + 1);
  if (node.comment !== undefined) return `${indent}<!-- ${escapeComment(node.comment)} -->\n`;
  const attributes = Object.entries(node.attributes).map(([key, value]) =>
    `${key}="${key === 'failure' || key === 'message' ? escapeLines(value) : escapeAttribute(value)}"`).join(' ');
  const { tag, children = [] } = node;
  if (children.length === 0) return `${indent}<${tag} ${attributes}/>\n`;
  return `${indent}<${tag} ${attributes}>\n${children.map(xml).join('')}${indent}</${tag}>\n`;
}

const isFailing = (node) => node.children.some((one) => one.tag === 'failure') || node.attributes?.failures > 0;
const isSkipped = (node) => node.children.some((one) => one.tag === 'skipped') || node.attributes?.skipped > 0;

function inspected(error) {
  const options = { __proto__: null, breakLength: Infinity };
  try {
    return platform.util.inspect(error, options);
  } catch {
    return platform.util.inspect(error, { ...options, customInspect: false });
  }
}

async function* junitReporter(source) {
  yield '<?xml version="1.0" encoding="utf-8"?>\n';
  yield '<testsuites>\n';
  const roots = [];
  let current = null; // the innermost test that is open

  function open(data) {
    const parent = current;
    current = {
      attributes: { name: data.name }, nesting: data.nesting, parent, children: [], timestamp: new Date().toISOString().slice(0, 19),
    };
    if (parent === null) roots.push(current);
    else parent.children.push(current);
  }

  for await (const { type, data } of source) {
    switch (type) {
      case 'test:start':
        open(data);
        break;
      case 'test:pass':
      case 'test:fail': {
        if (current === null || current.nesting !== data.nesting || current.attributes.name !== data.name) open(data);
        const test = current;
        current = test.parent;
        finish(test, data);
        if (current === null) {
          for (const node of roots) yield xml(node);
          roots.length = 0;
        }
        break;
      }
      case 'test:log':
      case 'test:diagnostic': {
        const parent = current?.children ?? roots;
        parent.push({ nesting: data.nesting, comment: data.message });
        if (current === null) {
          for (const node of roots) yield xml(node);
          roots.length = 0;
        }
        break;
      }
      default:
    }
  }
  for (const node of roots) yield xml(node);
  yield '</testsuites>\n';
}

function finish(test, data) {
  const { details } = data;
  test.attributes.time = (details.duration_ms / 1000).toFixed(6);
  const tests = test.children.filter((one) => one.comment === undefined);
  if (tests.length > 0) {
    test.tag = 'testsuite';
    Object.assign(test.attributes, {
      disabled: 0, errors: 0, tests: tests.length, failures: tests.filter(isFailing).length, skipped: tests.filter(isSkipped).length,
      timestamp: test.timestamp, hostname: platform.os.hostname(),
    });
    return;
  }
  test.tag = 'testcase';
  test.attributes.classname = data.classname ?? 'test';
  if (data.file !== undefined) test.attributes.file = data.file;
  const mark = (kind, message) => test.children.push({
    nesting: data.nesting + 1, tag: 'skipped', attributes: { type: kind, message },
  });
  if (data.skip !== undefined) mark('skipped', data.skip);
  if (data.todo !== undefined) mark('todo', data.todo);
  if (details.error === undefined || details.error === null) return;
  const { error } = details;
  test.attributes.failure = error.message;
  test.children.push({
    nesting: data.nesting + 1,
    tag: 'failure',
    attributes: { type: error.failureType || error.code, message: (error.message ?? '').trim() },
    children: [inspected(error)],
  });
}

module.exports = { junitReporter };
