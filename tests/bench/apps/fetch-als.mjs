// As fetch.mjs, each request in an AsyncLocalStorage of its own that is read behind an await, as tracers do.
import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage();
let id = 0;

async function answer() {
  await null;
  return Response.json({ hello: storage.getStore().id > 0 ? 'world' : 'nobody' });
}

export default {
  port: Number(process.env.PORT ?? 3000),
  hostname: '127.0.0.1',
  fetch: () => storage.run({ id: ++id }, answer),
};
