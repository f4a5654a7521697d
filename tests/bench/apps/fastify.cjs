'use strict';
const fastify = require('../../packages/node_modules/fastify')();
fastify.get('/', async () => ({ hello: 'world' }));
fastify.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
