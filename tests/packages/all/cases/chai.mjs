import { expect } from 'chai';
expect({ a: [1, { b: 2 }] }).to.deep.include({ a: [1, { b: 2 }] }); expect(() => { throw new TypeError('x'); }).to.throw(TypeError, 'x');
for (const f of [() => expect([1, 2]).to.deep.equal([1, 3]), () => expect(new Map([[1, 2]])).to.be.empty, () => expect(Promise.resolve()).to.be.null]) try { f(); } catch (e) { console.log(e.name, e.message, e.actual); }
