'use strict';
// What holds for node:http's server holds over TLS.
require('./transport').secure();
require('./http_server.test');
