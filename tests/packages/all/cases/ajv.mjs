import Ajv from 'ajv';
const v = new Ajv({ allErrors: true }).compile({ type: 'object', properties: { a: { type: 'integer', minimum: 1 }, b: { type: 'array', items: { enum: ['x'] }, uniqueItems: true }, p: { pattern: '^\\p{L}+$' } }, required: ['a'], additionalProperties: false }); console.log(v({ a: 1, p: 'ä' }), v({ a: 0, b: ['x', 'x', 'y'], c: 1 }), v.errors);
