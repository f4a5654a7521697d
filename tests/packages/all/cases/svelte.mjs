import { compile } from 'svelte/compiler';
import fs from 'node:fs';
const { js } = compile('<script>let { n = 1 } = $props();</script>{#each [1,2] as x}<p>{x * n}</p>{/each}', { generate: 'server', filename: 'A.svelte' });
fs.writeFileSync('A.mjs', js.code); const { render } = await import('svelte/server');
console.log((await render((await import(process.cwd() + '/A.mjs')).default, { props: { n: 3 } })).body);
