'use strict';
const express = require('../../packages/node_modules/express');
const app = express();
app.get('/', (req, res) => res.json({ hello: 'world' }));
app.listen(Number(process.env.PORT), '127.0.0.1');
