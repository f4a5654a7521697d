import { marked } from 'marked';
console.log(await marked.parse('# T\n\n- a\n- **b** `c`\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```js\nlet a < b\n```\n'));
