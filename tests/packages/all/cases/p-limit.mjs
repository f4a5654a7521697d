import pLimit from 'p-limit';
import PQueue from 'p-queue';
let running = 0, most = 0; const limit = pLimit(2); console.log(await Promise.all([1, 2, 3, 4].map((n) => limit(async () => { most = Math.max(most, ++running); await null; running--; return n; }))), most);
const q = new PQueue({ concurrency: 1, timeout: 30 }), seen = []; q.add(() => seen.push(1)); q.add(() => seen.push(2), { priority: 1 }); await q.onIdle(); console.log(seen); await q.add(() => new Promise((r) => setTimeout(r, 500))).catch((e) => console.log(e.name));
