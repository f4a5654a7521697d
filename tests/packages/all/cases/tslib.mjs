import { __awaiter, __rest, __spreadArray, __decorate } from 'tslib';
const got = await __awaiter(null, void 0, void 0, function* () { return yield Promise.resolve(4); });
console.log(got, __rest({ a: 1, b: 2 }, ['a']), __spreadArray([1], [2, 3], true), typeof __decorate);
