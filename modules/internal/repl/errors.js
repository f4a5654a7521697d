'use strict';
// How the REPL says that something was thrown: "Uncaught" before it, and of its stack only what the user wrote.
const topFrame = /^ +at (?:async )?REPL\d+:\d+:\d+$/;

/** Without the frame of the text itself and all below it. */
function trimmedStack(stack) {
  const lines = stack.split('\n');
  const last = lines.findLastIndex((line) => topFrame.test(line));
  return last === -1 ? stack : lines.slice(0, last).join('\n');
}

/** `import` statements as what the REPL can run. */
function dynamicImport(line) {
  const match = /^\s*import\s+(?:([^'"]*?)\s+from\s+)?(['"][^'"]*['"])/.exec(line);
  if (match === null) return line.trim();
  const [, what, from] = match;
  if (what === undefined) return `await import(${from});`;
  const star = /^\*\s+as\s+([\w$]+)$/.exec(what.trim());
  if (star !== null) return `const ${star[1]} = await import(${from});`;
  const parts = [];
  const named = /\{([^}]*)\}/.exec(what);
  const first = what.replace(/\{[^}]*\}/, '').replace(/,/g, '').trim();
  if (first !== '') parts.push(`default: ${first}`);
  if (named !== null) parts.push(...named[1].split(',').map((one) => one.trim().replace(/\s+as\s+/, ': ')).filter(Boolean));
  return `const { ${parts.join(', ')} } = await import(${from});`;
}

function syntaxErrorStack(error, lastLine) {
  let stack = error.stack.replace(/^REPL\d+:\d+\r?\n/, '').replace(/^\s+at\s.*\n?/gm, '');
  if (`${error.message}`.includes('Cannot use import statement outside a module')) {
    error.message = 'Cannot use import statement inside the Node.js REPL, alternatively use dynamic import: ' +
      dynamicImport(lastLine);
    stack = stack.replace(/SyntaxError:.*\n?/, () => `SyntaxError: ${error.message}\n`);
  }
  return stack;
}

/** Changes an error's stack to what is shown of it. */
function prepare(server, error, isError) {
  if (error.domainThrown) {
    delete error.domain;
    delete error.domainThrown;
  }
  if (!isError || typeof error.stack !== 'string') return;
  let { stack } = error;
  if (error.name === 'SyntaxError' && /^REPL\d+:\d+/.test(stack)) stack = syntaxErrorStack(error, server.lines.at(-1) ?? '');
  else if (error.name === 'SyntaxError') stack = stack.replace(/^\s+at\s.*\n?/gm, '');
  else stack = trimmedStack(stack);
  if (server.isStrict) stack = stack.replace(/(\s+at\s+REPL\d+:)(\d+)/g, (all, before, line) => before + (line - 1));
  try {
    error.stack = stack;
  } catch {
    // Frozen: shown as it is.
  }
}

/** @param {object} server @param {any} error @param {boolean} isError @returns {string} with a line end */
function textOf(server, error, isError) {
  let shown = server.writer(error);
  if (isError && shown[0] === '[' && shown.at(-1) === ']') shown = shown.slice(1, -1);
  const lines = shown.split(/(?<=\n)/);
  let matched = false;
  let text = '';
  for (const line of lines) {
    if (!matched && /^\[?([A-Z][a-z0-9_]*)*Error/.test(line)) {
      matched = true;
      text += (server.writer.options?.breakLength ?? 80) >= line.length ? 'Uncaught ' : 'Uncaught:\n';
    }
    text += line;
  }
  if (!matched) text = `Uncaught${lines.length === 1 ? ' ' : ':\n'}${text}`;
  return text.endsWith('\n') ? text : `${text}\n`;
}

module.exports = { prepare, textOf };
