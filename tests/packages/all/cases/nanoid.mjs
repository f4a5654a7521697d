import { nanoid, customAlphabet } from 'nanoid';
console.log(nanoid().length, /^[ab]{5}$/.test(customAlphabet('ab', 5)()), new Set(Array.from({ length: 1000 }, () => nanoid())).size);
