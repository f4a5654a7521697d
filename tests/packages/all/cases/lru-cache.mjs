import { LRUCache } from 'lru-cache';
const c = new LRUCache({ max: 2, ttl: 1000, dispose: (v, k, why) => console.log(v, k, why), fetchMethod: async (k) => `f${k}` }); c.set('a', 1); c.set('b', 2); c.get('a'); c.set('c', 3); console.log([...c.keys()], c.has('b'), await c.fetch('z'), c.size);
