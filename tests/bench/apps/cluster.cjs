'use strict';
// Node's cluster around the app named by CLUSTER_APP (http), for the memory of a further worker.
const cluster = require('node:cluster');
if (cluster.isPrimary) for (let i = 0; i < Number(process.env.WORKERS); i++) cluster.fork();
else require(`./${process.env.CLUSTER_APP ?? 'http'}.cjs`);
