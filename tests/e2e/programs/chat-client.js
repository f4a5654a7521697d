// Two people in one room; prints what each hears, and ends.
const { WebSocket } = require('ws');
const url = `ws://127.0.0.1:${process.argv[2]}`;
const a = new WebSocket(`${url}/?name=ann`);
const b = new WebSocket(`${url}/?name=bob`);
const opened = (s) => new Promise((resolve, reject) => { s.on('open', resolve); s.on('error', reject); });
const heard = (s) => new Promise((resolve) => s.once('message', (data) => resolve(String(data))));
(async () => {
  await Promise.all([opened(a), opened(b)]);
  let wait = heard(b);
  a.send('hello bob');
  console.log('bob heard', await wait);
  wait = heard(a);
  b.send('x'.repeat(70000));
  console.log('ann heard', JSON.parse(await wait).text.length);
  const closed = new Promise((resolve) => b.on('close', (code) => resolve(code)));
  b.close(4000, 'bye');
  console.log('closed', await closed);
  a.terminate();
})();
