const fs = require('fs');
const { spawnSync } = require('child_process');
fs.mkdirSync('dep'); fs.writeFileSync('dep/package.json', '{"name":"dep","version":"1.2.3","bin":{"dep":"b.js"}}'); fs.writeFileSync('dep/b.js', '#!/usr/bin/env node\n'); fs.mkdirSync('app'); fs.writeFileSync('app/package.json', '{"name":"app","version":"1.0.0"}');
// zlib's bytes may differ, what is in them may not.
const plain = (t) => t.replace(/ in \d+m?s/, '').replace(/(shasum|size): .*|(integrity": "|integrity: )sha512-\S+/g, '').replace(/\d{4}-\d\d-\d\dT\w+-debug/, 'debug');
const npm = (...a) => { const r = spawnSync(process.execPath, [process.cwd() + '/node_modules/npm/bin/npm-cli.js', ...a, '--offline', '--no-audit', '--no-fund', '--no-update-notifier', '--cache', process.cwd() + '/cache'], { cwd: 'app', encoding: 'utf8' }); console.log(a[0], r.status, plain(r.stdout), plain(r.stderr)); };
npm('pack', '../dep'); npm('install', './dep-1.2.3.tgz'); npm('ls'); console.log(fs.readdirSync('app/node_modules'), plain(fs.readFileSync('app/package-lock.json', 'utf8'))); npm('ci'); npm('run', 'none');
