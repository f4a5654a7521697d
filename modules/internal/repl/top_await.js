'use strict';
// `await` at the top of what is entered. The text becomes an async function that is called; what it declares has to stay,
// so that its top-level declarations become assignments to variables that are declared before (Node documentation: REPL,
// "`await` keyword", also its limit: const can be assigned to). Without a parser of our own, a scanner that knows strings,
// comments, templates and brackets finds the statements at the top.

const token = /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|[\w$]+|\s+|[^]/gy;
const beforeExpression = /^(?:[([{,;=:?&|^~!%*+\-/<>]|return|typeof|await|case|in|of|void|delete|throw|else|do|)$/;

/** The end of a template that begins at a place. */
function templateEnd(code, at) {
  for (let i = at + 1; i < code.length; i++) {
    if (code[i] === '\\') {
      i++;
    } else if (code[i] === '`') {
      return i + 1;
    } else if (code[i] === '$' && code[i + 1] === '{') {
      let depth = 1;
      for (i += 2; i < code.length && depth > 0; i++) {
        if (code[i] === '{') depth++;
        else if (code[i] === '}') depth--;
        else if (code[i] === '`') i = templateEnd(code, i) - 1;
      }
      i--;
    }
  }
  return code.length;
}

function regexpEnd(code, at) {
  let inClass = false;
  for (let i = at + 1; i < code.length && code[i] !== '\n'; i++) {
    if (code[i] === '\\') i++;
    else if (code[i] === '[') inClass = true;
    else if (code[i] === ']') inClass = false;
    else if (code[i] === '/' && !inClass) return i + 1;
  }
  return at + 1;
}

/** @returns {{ text: string, at: number, depth: number }[]} without comments and spaces; line ends are kept as "\n" */
function tokensOf(code) {
  const tokens = [];
  let depth = 0;
  let last = '';
  for (let at = 0; at < code.length;) {
    token.lastIndex = at;
    let [text] = token.exec(code);
    if (text === '`') text = code.slice(at, templateEnd(code, at));
    else if (text === '/' && beforeExpression.test(last)) text = code.slice(at, regexpEnd(code, at));
    if (/^[)\]}]$/.test(text)) depth--;
    const isSpace = /^\s/.test(text) || text.startsWith('//') || text.startsWith('/*');
    if (!isSpace) last = text;
    if (!isSpace || text.includes('\n')) tokens.push({ text: isSpace ? '\n' : text, at, depth });
    if (/^[([{]$/.test(text)) depth++;
    at += text.length;
  }
  return tokens;
}

/** The names in a declaration's pattern. */
function namesOf(pattern) {
  const names = [];
  const tokens = tokensOf(pattern).filter(({ text }) => text !== '\n');
  let skipped = -1; // the depth of a default value
  tokens.forEach(({ text, depth }, i) => {
    if (skipped !== -1 && (text === ',' || /^[)\]}]$/.test(text)) && depth <= skipped) skipped = -1;
    if (text === '=' && skipped === -1) skipped = depth;
    const next = tokens[i + 1]?.text;
    if (skipped === -1 && /^[A-Za-z_$][\w$]*$/.test(text) && next !== ':') names.push(text);
  });
  return names;
}

/** The parts of a text at top-level commas. */
function splitAt(text, separator) {
  const parts = [];
  let from = 0;
  for (const { text: one, at, depth } of tokensOf(text)) {
    if (one !== separator || depth !== 0) continue;
    parts.push(text.slice(from, at));
    from = at + 1;
  }
  parts.push(text.slice(from));
  return parts;
}

/** `let a = 1, { b } = c` as names and assignments. */
function declaration(kind, text, isBare) {
  const names = [];
  const assignments = [];
  for (const part of splitAt(text.replace(/;\s*$/, ''), ',')) {
    const equals = tokensOf(part).find(({ text: one, depth }) => one === '=' && depth === 0);
    const pattern = equals === undefined ? part : part.slice(0, equals.at);
    names.push(...namesOf(pattern));
    if (equals !== undefined) assignments.push(`(${part.trim()})`);
    else if (kind !== 'var') assignments.push(`(${part.trim()} = undefined)`);
  }
  return { names, code: assignments.length === 0 ? (isBare ? '' : ';') : `void (${assignments.join(', ')});` };
}

const continues = /^(?:[,.=+\-*/%&|^<>?:([`!~]|in|instanceof|of|else|catch|finally|while|=>)/;
const endsOpen = /^(?:[,.=+\-*/%&|^<>?:(!~]|await|in|instanceof|typeof|void|new|return|throw|async|else|do)$/;

/** The statements at the top. @returns {string[]} */
function statementsOf(code) {
  const tokens = tokensOf(code);
  const statements = [];
  let from = 0;
  let last = '';
  let first = '';
  tokens.forEach(({ text, at, depth }, i) => {
    const next = tokens.slice(i + 1).find((one) => one.text !== '\n')?.text ?? '';
    if (text !== '\n' && first === '') first = text;
    const isBlock = /^(?:if|for|while|do|try|switch|function|class|async|\{)$/.test(first);
    const ends = depth === 0 && (text === ';' ||
      (text === '\n' && last !== '' && !endsOpen.test(last) && !continues.test(next)) ||
      (text === '}' && isBlock && !/^(?:else|catch|finally|while)$/.test(next) && !/^[.,)(=]/.test(next)));
    if (ends) {
      statements.push(code.slice(from, at + text.length));
      from = at + text.length;
      first = '';
      last = '';
    } else if (text !== '\n') {
      last = text;
    }
  });
  if (code.slice(from).trim() !== '') statements.push(code.slice(from));
  return statements.filter((one) => one.trim() !== '');
}

/**
 * @param {string} code
 * @returns {{ code: string, names: string[], lexical: string[] } | null} an expression whose value is a promise of
 *     `{ value }`; the names to be declared before. null: nothing to do
 */
function wrapAwait(code) {
  if (!/\bawait\b/.test(code)) return null;
  const names = { var: [], let: [] };
  const body = [];
  const statements = statementsOf(code);
  statements.forEach((statement, i) => {
    const text = statement.trim();
    const declared = /^(var|let|const)\b(?=[\s[{])([^]*)$/.exec(text);
    const named = /^(?:(async\s+)?function\s*\*?|(class))\s+([A-Za-z_$][\w$]*)/.exec(text);
    if (declared !== null) {
      const { names: found, code: assigned } = declaration(declared[1], declared[2], false);
      names[declared[1] === 'var' ? 'var' : 'let'].push(...found);
      body.push(assigned);
    } else if (named !== null) {
      names[named[2] ? 'let' : 'var'].push(named[3]);
      if (named[2]) body.push(`${named[3]} = ${text};`);
      else body.unshift(`this.${named[3]} = ${named[3]}; ${text}`);
    } else if (i === statements.length - 1 && !/^(?:if|for|while|do|try|switch|throw|return|\{|;|\w+\s*:)/.test(text)) {
      body.push(`return { __proto__: null, value: (${text.replace(/;\s*$/, '')}\n) };`);
    } else {
      body.push(text);
    }
  });
  const declarations = (names.let.length > 0 ? `let ${names.let.join(', ')}; ` : '') +
    (names.var.length > 0 ? `var ${names.var.join(', ')}; ` : '');
  return { code: `${declarations}(async () => { ${body.join('\n')} })()`, names: names.let };
}

module.exports = { wrapAwait, statementsOf };
