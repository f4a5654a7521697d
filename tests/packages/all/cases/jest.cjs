const fs = require('fs');
const { spawnSync } = require('child_process');
fs.writeFileSync('package.json', '{"name":"x","jest":{"testEnvironment":"node","transform":{},"watchman":false,"cacheDirectory":"./cache"}}'); fs.writeFileSync('m.js', 'exports.f = () => 1');
fs.writeFileSync('a.test.js', 'jest.mock("./m");const m=require("./m");test("mocked",()=>{m.f.mockReturnValue(5);expect(m.f()).toBe(5);expect([3,1].toSorted()).toEqual([1,3]);expect(new Error("x")).toBeInstanceOf(Error)});' +
  'test("timers",()=>{jest.useFakeTimers();const f=jest.fn();setTimeout(f,1000);jest.advanceTimersByTime(1000);expect(f).toHaveBeenCalledTimes(1)});test("fails",()=>{expect({a:1}).toEqual({a:2})});test("snap",()=>{expect({a:[1]}).toMatchInlineSnapshot(`\n{\n  "a": [\n    1,\n  ],\n}\n`)});');
const r = spawnSync(process.execPath, [require.resolve('jest/bin/jest'), '--ci', '-i', '--coverage', '--coverageProvider=babel'], { encoding: 'utf8', env: { ...process.env, CI: '1' } });
console.log(r.status, r.stdout, r.stderr.replace(/\(?\d+(\.\d+)? m?s[^\n]*/g, ''));
