'use strict';
// The REPL's commands (Node documentation: REPL, "Commands and special keys").
const { load } = require('../loader/builtins');

function fileArgument(server, file) {
  if (file) return true;
  server.output.write('The "file" argument must be specified\n');
  server.displayPrompt();
  return false;
}

function save(file) {
  if (!fileArgument(this, file)) return;
  try {
    load('fs').writeFileSync(file, this.lines.join('\n'));
    this.output.write(`Session saved to: ${file}\n`);
  } catch {
    this.output.write(`Failed to save: ${file}\n`);
  }
  this.displayPrompt();
}

function loadFile(file) {
  if (!fileArgument(this, file)) return;
  try {
    const fs = load('fs');
    const stats = fs.statSync(file);
    if (stats?.isFile()) {
      this._enterEditor();
      this._loading = true;
      this.write(fs.readFileSync(file, 'utf8'));
      this._loading = false;
      this._leaveEditor();
      this.write('\n');
    } else {
      this.output.write(`Failed to load: ${file} is not a valid file\n`);
    }
  } catch {
    this.output.write(`Failed to load: ${file}\n`);
  }
  this.displayPrompt();
}

function help() {
  const names = Object.keys(this.commands).sort();
  const width = Math.max(...names.map((name) => name.length));
  for (const name of names) {
    const { help: text } = this.commands[name];
    this.output.write(`.${name}${text ? `${' '.repeat(width - name.length + 3)}${text}` : ''}\n`);
  }
  this.output.write('\nPress Ctrl+C to abort current expression, Ctrl+D to exit the REPL\n');
  this.displayPrompt();
}

/** @param {object} server */
function defineCommands(server) {
  const clears = server.useGlobal ? 'Alias for .break' :
    'Break, and also clear the local context';
  server.defineCommand('break', {
    help: 'Sometimes you get stuck, this gets you out',
    action() {
      this.clearBufferedCommand();
      this.displayPrompt();
    },
  });
  server.defineCommand('clear', {
    help: clears,
    action() {
      this.clearBufferedCommand();
      if (!this.useGlobal) {
        this.output.write('Clearing context...\n');
        this.resetContext();
      }
      this.displayPrompt();
    },
  });
  server.defineCommand('exit', { help: 'Exit the REPL', action() { this.close(); } });
  server.defineCommand('help', { help: 'Print this help message', action: help });
  server.defineCommand('save', { help: 'Save all evaluated commands in this REPL session to a file', action: save });
  server.defineCommand('load', { help: 'Load JS from a file into the REPL session', action: loadFile });
  if (!server.terminal) return;
  server.defineCommand('editor', {
    help: 'Enter editor mode',
    action() {
      this._enterEditor();
      this.output.write('// Entering editor mode (Ctrl+D to finish, Ctrl+C to cancel)\n');
    },
  });
}

module.exports = { defineCommands };
