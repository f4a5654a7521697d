'use strict';
// `jsd` on a terminal, and `jsd -i` (Node documentation: "Environment variable options" NODE_REPL_HISTORY and its
// neighbours, and REPL, "The Node.js REPL").
const { load } = require('../loader/builtins');

function modeOf(text) {
  const { sloppy, strict } = require('./server');
  return { strict, sloppy }[`${text ?? ''}`.toLowerCase().trim()];
}

/** @returns {object} the server */
function start() {
  const { REPLServer, kStandalone } = require('./server');
  const { env } = process;
  console.log(`Welcome to Node.js ${process.version}.\nType ".help" for more information.`);
  const options = {
    prompt: '> ',
    [kStandalone]: true,
    ignoreUndefined: false,
    useGlobal: true,
    breakEvalOnSigint: true,
    replMode: modeOf(env.NODE_REPL_MODE),
  };
  if (Number.parseInt(env.NODE_NO_READLINE, 10)) options.terminal = false;
  const size = Number(env.NODE_REPL_HISTORY_SIZE);
  const historySize = size > 0 ? size : 1000;
  const server = new REPLServer(options);
  load('repl').repl = server;
  server.on('exit', () => {
    if (server._held !== null) server.once('settled', () => process.exit());
    else process.exit();
  });
  if (server.terminal) server.setupHistory({ filePath: env.NODE_REPL_HISTORY, size: historySize }, () => {});
  return server;
}

module.exports = { start };
