import Table from 'cli-table3';
import figlet from 'figlet';
const t = new Table({ head: ['a', 'b'], style: { head: [], border: [] } }); t.push(['1', '日'], [{ colSpan: 2, content: 'wide' }]); console.log(t.toString()); console.log(await figlet.text('jsd'));
