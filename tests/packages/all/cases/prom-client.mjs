import client from 'prom-client';
const c = new client.Counter({ name: 'c', help: 'h', labelNames: ['l'] }), h = new client.Histogram({ name: 'h', help: 'h', buckets: [1, 2] }); c.inc({ l: 'x' }, 2); h.observe(1.5); console.log(await client.register.metrics()); client.register.clear(); client.collectDefaultMetrics(); console.log((await client.register.getMetricsAsJSON()).map((m) => m.name));
