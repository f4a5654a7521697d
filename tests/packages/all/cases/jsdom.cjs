const { JSDOM, VirtualConsole } = require('jsdom');
const out = new VirtualConsole().on('log', (...a) => console.log('page:', ...a)).on('jsdomError', (e) => console.log('error:', e.message.split('\n')[0]));
const dom = new JSDOM('<p id=x>hi</p><script>console.log([3,1].toSorted().join(), typeof Iterator, Object.groupBy([1],()=>"k").k[0]); document.querySelector("#x").textContent += " js"; setTimeout(() => { document.title = "later"; window.done() }, 1)</script>',
  { runScripts: 'dangerously', virtualConsole: out, url: 'http://a.test/b?c#d', beforeParse(w) { w.done = () => { console.log(dom.window.document.title); dom.window.close(); }; } });
const { window } = dom;
console.log(window.document.querySelector('p').outerHTML, window.location.hash, new window.Event('e') instanceof window.Event, window.eval('1+1'));
window.addEventListener('ping', (e) => console.log(e.detail)); window.dispatchEvent(new window.CustomEvent('ping', { detail: 5 }));
window.localStorage.setItem('k', 'v'); console.log(window.localStorage.k, window.getComputedStyle(window.document.body).display);
