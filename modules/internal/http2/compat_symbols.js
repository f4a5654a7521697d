'use strict';
// By what a stream finds its request and response of the compatibility API, and both their socket.

module.exports = { kRequest: Symbol('request'), kResponse: Symbol('response'), kSocket: Symbol('socket') };
