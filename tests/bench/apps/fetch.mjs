// The smallest fetch-style app; jsd, Deno and Bun all serve it as it is.
export default {
  port: Number(process.env.PORT ?? 3000),
  hostname: '127.0.0.1',
  fetch() {
    return Response.json({ hello: 'world' });
  },
};
