import React from 'react';
import { renderToString, renderToPipeableStream, renderToReadableStream } from 'react-dom/server';
import { PassThrough } from 'node:stream';
const h = React.createElement, Lazy = React.lazy(async () => { await null; return { default: () => h('b', null, 'lazy') }; });
console.log(renderToString(h('p', { className: 'x', style: { top: 1 } }, 'a & b', [1, 2].map((k) => h('i', { key: k }, k)))));
const out = new PassThrough(), { pipe } = renderToPipeableStream(h(React.Suspense, { fallback: 'wait' }, h(Lazy)), { onAllReady: () => pipe(out) });
let text = ''; for await (const d of out) text += d; console.log(text);
