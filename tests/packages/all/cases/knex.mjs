import knex from 'knex';
const db = knex({ client: 'pg' }); console.log(db('t').select('a').where({ b: 1 }).andWhere('c', '>', 2).orderBy('a').toSQL().toNative(), db('t').insert([{ a: 1 }, { a: 2 }]).returning('id').toString());
await knex({ client: 'mysql2', connection: { host: '127.0.0.1', port: 1 } }).raw('select 1').catch((e) => console.log(e.code, e.message));
