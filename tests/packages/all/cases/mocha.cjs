const fs = require('fs');
const { spawnSync } = require('child_process');
fs.writeFileSync('a.spec.js', 'const assert=require("assert");describe("s",()=>{it("ok",async()=>{});it("fails",()=>{assert.deepStrictEqual({a:1},{a:2})});it.skip("skipped");it("slow",function(done){this.timeout(20)})})');
const r = spawnSync(process.execPath, [require.resolve('mocha/bin/mocha.js'), 'a.spec.js', '--reporter', 'tap'], { encoding: 'utf8' });
console.log(r.status, r.stdout, r.stderr);
