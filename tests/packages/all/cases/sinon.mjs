import sinon from 'sinon';
import fs from 'node:fs';
const clock = sinon.useFakeTimers({ now: 1000, toFake: ['setTimeout', 'Date', 'nextTick', 'performance', 'setImmediate'] }), f = sinon.spy();
setTimeout(f, 500, 'x'); clock.tick(500); console.log(f.calledOnceWith('x'), Date.now(), performance.now()); clock.restore();
const stub = sinon.stub(fs, 'readFileSync').returns('stubbed'); console.log(fs.readFileSync('none')); stub.restore();
try { sinon.assert.notCalled(f); } catch (e) { console.log(e.message.split('\n')[0]); }
