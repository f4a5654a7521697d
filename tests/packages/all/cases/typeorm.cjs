require('reflect-metadata');
const { DataSource, EntitySchema } = require('typeorm');
const E = new EntitySchema({ name: 'E', columns: { id: { type: Number, primary: true }, n: { type: String } } });
const ds = new DataSource({ type: 'postgres', host: '127.0.0.1', port: 1, entities: [E] }); ds.initialize().catch((e) => { console.log(e.code); ds.buildMetadatas().then(() => console.log(ds.createQueryBuilder(E, 'e').where('e.n = :n', { n: 1 }).getQueryAndParameters())); });
