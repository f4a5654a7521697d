import { $, fs, glob, within, cd, YAML, path } from 'zx';
$.verbose = false; console.log((await $`echo ${'a "b"'}`).stdout, (await $`exit 4`.nothrow()).exitCode, String(await $`printf 'x\ny' | wc -l`).trim()); await fs.outputFile('d/f', 'x'); console.log(await glob('d/*'), $.sync`echo s`.stdout, YAML.parse('a: 1'));
try { await $`sh -c 'echo no >&2; exit 2'`; } catch (p) { console.log(p.exitCode, p.stderr); } await within(async () => { cd('d'); console.log((await $`ls`).lines()); });
