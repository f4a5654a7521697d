// The fetch app as people write it: looks at the URL, answers with a header object. jsd, Deno and Bun serve it as it is.
export default {
  port: Number(process.env.PORT ?? 3000),
  hostname: '127.0.0.1',
  fetch(req) {
    const url = new URL(req.url);
    return new Response(JSON.stringify({ hello: 'world', path: url.pathname }), {
      status: 200,
      headers: { 'content-type': 'application/json', 'x-powered-by': 'jsd', 'cache-control': 'no-store' },
    });
  },
};
