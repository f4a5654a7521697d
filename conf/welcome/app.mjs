// The app that `make run` serves: a page, and JSON that shows which worker answered.
const started = Date.now();
let requests = 0;

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>jsd</title>
<style>
  body { font: 17px/1.6 system-ui, sans-serif; max-width: 42rem; margin: 12vh auto; padding: 0 1.5rem; color: #1c2330; }
  h1 { font-size: 2.4rem; margin: 0 0 .5rem; }
  code, pre { font: 15px/1.5 ui-monospace, monospace; background: #f1f3f7; border-radius: .3rem; padding: .1rem .35rem; }
  pre { padding: .9rem 1.1rem; overflow-x: auto; }
  @media (prefers-color-scheme: dark) {
    body { background: #14181f; color: #dde3ee; }
    code, pre { background: #222936; }
  }
</style>
<h1>It works.</h1>
<p>This page was answered by a <strong>jsd</strong> worker. <a href="/json">/json</a> tells which one.</p>
<p>Serve your own app:</p>
<pre>jsd serve app.js --workers 4 --listen :8080</pre>
<p>or write it into <code>conf/jsd.yaml</code>, and after every change of your code reload without losing a request:</p>
<pre>kill -HUP $(pgrep -of "jsd: master")</pre>
</html>
`;

export default {
  /** @param {Request} request @returns {Response} */
  fetch(request) {
    requests++;
    const { pathname } = new URL(request.url);
    if (pathname === '/') return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } });
    if (pathname === '/json') {
      return Response.json({
        hello: 'world',
        worker: Number(process.env.JSD_WORKER ?? 0),
        pid: process.pid,
        requests,
        uptime: (Date.now() - started) / 1000,
      });
    }
    return new Response('Not Found\n', { status: 404 });
  },
};
