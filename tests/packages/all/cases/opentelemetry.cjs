const { NodeTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express');
const exporter = new InMemorySpanExporter(), provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }); provider.register(); registerInstrumentations({ tracerProvider: provider, instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()] });
const http = require('http'), express = require('express'); const server = express().get('/a/:id', (q, s) => s.send('x')).listen(0, '127.0.0.1', () => http.get({ port: server.address().port, host: '127.0.0.1', path: '/a/1' }, (res) => res.resume().on('close', () => setTimeout(() => { const spans = exporter.getFinishedSpans(); const ids = new Set(spans.map((s) => s.spanContext().traceId)); console.log(spans.map((s) => [s.name, s.kind, s.status.code]).sort(), ids.size); server.close(); server.closeAllConnections(); }, 50))));
