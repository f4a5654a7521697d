import xml2js from 'xml2js';
console.log(JSON.stringify(await xml2js.parseStringPromise('<a x="1"><b>2</b><b/></a>')), new xml2js.Builder({ headless: true }).buildObject({ r: { $: { k: 'v' }, c: [1, 2] } }));
await xml2js.parseStringPromise('<a>').catch((e) => console.log(e.message));
