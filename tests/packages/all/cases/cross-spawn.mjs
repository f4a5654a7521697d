import spawn from 'cross-spawn';
console.log(String(spawn.sync('printf', ['%s|', 'a b', '"c"']).stdout)); spawn('none-such').on('error', (e) => console.log(e.code, e.syscall, e.spawnargs)); spawn('sh', ['-c', 'exit 3']).on('close', (c, s) => console.log(c, s));
