import stringWidth from 'string-width';
import stripAnsi from 'strip-ansi';
import ansiEscapes from 'ansi-escapes';
import boxen from 'boxen';
console.log(['a', '日本', '👩‍👩‍👧', 'é', '\u001b[31mx\u001b[0m'].map((s) => stringWidth(s)), stripAnsi('\u001b[1mb\u001b[0m'), JSON.stringify(ansiEscapes.cursorTo(1, 2))); console.log(boxen('hi', { padding: 1, title: 't', borderStyle: 'double' }));
