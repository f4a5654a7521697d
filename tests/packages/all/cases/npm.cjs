const fs = require('fs');
const { spawnSync } = require('child_process');
fs.mkdirSync('dep'); fs.writeFileSync('dep/package.json', '{"name":"dep","version":"1.2.3","bin":{"dep":"b.js"}}'); fs.writeFileSync('dep/b.js', '#!/usr/bin/env node\n'); fs.mkdirSync('app'); fs.writeFileSync('app/package.json', '{"name":"app","version":"1.0.0"}');
const npm = (...a) => { const r = spawnSync(process.execPath, [require.resolve('npm/bin/npm-cli.js'), ...a, '--offline', '--no-audit', '--no-fund', '--no-update-notifier', '--cache', process.cwd() + '/cache'], { cwd: 'app', encoding: 'utf8' }); console.log(a[0], r.status, r.stdout.replace(/ in \d+m?s/, ''), r.stderr); };
npm('pack', '../dep'); npm('install', './dep-1.2.3.tgz'); npm('ls'); console.log(fs.readdirSync('app/node_modules'), fs.readFileSync('app/package-lock.json', 'utf8')); npm('ci'); npm('run', 'none');
