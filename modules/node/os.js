'use strict';
// node:os.
const binding = internalBinding('os');
const { numbers } = require('../internal/signals');

const errors = () => require('../internal/errors');

function check(value, syscall) {
  if (typeof value === 'number' && value < 0) {
    const { codes: { ERR_SYSTEM_ERROR }, UVException } = errors();
    if (ERR_SYSTEM_ERROR) throw new ERR_SYSTEM_ERROR({ errno: -value, syscall, code: errors().errname(value), message: '' });
    throw new UVException({ errno: value, syscall });
  }
  return value;
}

const uname = () => check(binding.uname(), 'uname');

/** Functions without arguments turn into their value where a string is wanted, as in Node. */
function primitive(fn) {
  fn[Symbol.toPrimitive] = () => fn();
  return fn;
}

function networkInterfaces() {
  const flat = check(binding.interfaces(), 'uv_interface_addresses');
  const out = {};
  for (let i = 0; i < flat.length; i += 7) {
    const [name, address, netmask, family, mac, internal, scopeid] = flat.slice(i, i + 7);
    const entry = { address, netmask, family, mac, internal, cidr: cidr(address, netmask, family) };
    if (scopeid >= 0) entry.scopeid = scopeid;
    (out[name] ??= []).push(entry);
  }
  return out;
}

function cidr(address, netmask, family) {
  let bits = 0;
  if (family === 'IPv4') {
    for (const part of netmask.split('.')) bits += Number(part).toString(2).replaceAll('0', '').length;
  } else {
    for (const part of netmask.split(':')) bits += part === '' ? 0 : parseInt(part, 16).toString(2).replaceAll('0', '').length;
  }
  return `${address}/${bits}`;
}

function priorityArguments(pid, priority) {
  const { validateInt32 } = require('../internal/validators');
  if (priority === undefined) [pid, priority] = [0, pid];
  validateInt32(pid, 'pid');
  validateInt32(priority, 'priority', -20, 19);
  return [pid, priority];
}

const PRIORITY = { __proto__: null, PRIORITY_LOW: 19, PRIORITY_BELOW_NORMAL: 10, PRIORITY_NORMAL: 0,
  PRIORITY_ABOVE_NORMAL: -7, PRIORITY_HIGH: -14, PRIORITY_HIGHEST: -20 };

const constants = {
  __proto__: null,
  UV_UDP_REUSEADDR: 4,
  dlopen: { __proto__: null, RTLD_LAZY: 1, RTLD_NOW: 2, RTLD_GLOBAL: 256, RTLD_LOCAL: 0, RTLD_DEEPBIND: 8 },
  errno: require('../internal/errno'),
  signals: Object.freeze({ __proto__: null, ...numbers }),
  priority: PRIORITY,
};

module.exports = {
  arch: primitive(() => process.arch),
  availableParallelism: primitive(() => binding.availableParallelism()),
  cpus: () => check(binding.cpus(), 'uv_cpu_info'),
  endianness: primitive(() => 'LE'),
  freemem: primitive(() => binding.memory()[1]),
  totalmem: primitive(() => binding.memory()[0]),
  getPriority(pid = 0) {
    require('../internal/validators').validateInt32(pid, 'pid');
    const value = binding.priority(pid);
    return value < -1000 ? check(value / 1000, 'uv_os_getpriority') : value;
  },
  setPriority(pid, priority) {
    check(binding.priority(...priorityArguments(pid, priority)), 'uv_os_setpriority');
  },
  homedir: primitive(() => check(binding.homedir(), 'uv_os_homedir')),
  hostname: primitive(() => uname().nodename),
  loadavg: () => binding.loadavg(),
  machine: primitive(() => uname().machine),
  networkInterfaces,
  platform: primitive(() => process.platform),
  release: primitive(() => uname().release),
  tmpdir: primitive(() => {
    const path = process.env.TMPDIR || process.env.TMP || process.env.TEMP || '/tmp';
    return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  }),
  type: primitive(() => uname().sysname),
  uptime: primitive(() => check(binding.uptime(), 'uv_uptime')),
  userInfo(options) {
    const user = check(binding.user(), 'uv_os_get_passwd');
    if (options?.encoding === 'buffer') {
      for (const name of ['username', 'homedir', 'shell']) if (user[name] !== null) user[name] = Buffer.from(user[name]);
    }
    return user;
  },
  version: primitive(() => uname().version),
};
for (const [name, value] of [['EOL', '\n'], ['devNull', '/dev/null']]) {
  Object.defineProperty(module.exports, name, { value, writable: false, enumerable: true, configurable: true });
}
Object.defineProperty(module.exports, 'constants', { value: constants, enumerable: true });
