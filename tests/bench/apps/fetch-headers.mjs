// As fetch.mjs, with a look at the URL and a header object: what handlers do in earnest.
export default {
  port: Number(process.env.PORT ?? 3000),
  hostname: '127.0.0.1',
  fetch(request) {
    const url = new URL(request.url);
    return new Response(JSON.stringify({ hello: 'world', path: url.pathname }), {
      status: 200,
      headers: { 'content-type': 'application/json', 'x-powered-by': 'bench', 'cache-control': 'no-store' },
    });
  },
};
