'use strict';
// Node's error codes: code → [message (text or function of the constructor's arguments), base class, variants...].
// A function's `finish(error, args)` adds properties. Documented in Node's errors.html.

const inspect = (value, options) => require('../node/util').inspect(value, options);

/** 'a', 'a or b', 'a, b, or c' */
function orList(values, word = 'or') {
  if (values.length < 3) return values.join(` ${word} `);
  return `${values.slice(0, -1).join(', ')}, ${word} ${values[values.length - 1]}`;
}

/** How a received value is called in messages: "undefined", "type number (3)", "an instance of Map". */
function describe(value) {
  if (value === null || value === undefined) return `${value}`;
  switch (typeof value) {
    case 'function':
      return value.name ? `function ${value.name}` : 'function ';
    case 'object':
      if (value.constructor?.name) return `an instance of ${value.constructor.name}`;
      return inspect(value, { depth: -1 });
    case 'string': {
      const text = value.length > 28 ? `${value.slice(0, 25)}...` : value;
      return `type string (${text.includes("'") ? JSON.stringify(text) : `'${text}'`})`;
    }
    case 'bigint':
      return `type bigint (${value}n)`;
    case 'symbol':
      return `type symbol (${String(value)})`;
    case 'number':
      return `type number (${Object.is(value, -0) ? '-0' : value})`;
    default:
      return `type ${typeof value} (${value})`;
  }
}

const primitiveTypes = new Set(['string', 'function', 'number', 'object', 'Function', 'Object', 'boolean', 'bigint', 'symbol']);

function subject(name) {
  if (name.endsWith(' argument')) return `The ${name} `;
  return `The "${name}" ${name.includes('.') ? 'property' : 'argument'} `;
}

function invalidArgType(name, expected, actual) {
  const types = [];
  const instances = [];
  const other = [];
  for (const value of Array.isArray(expected) ? expected : [expected]) {
    if (primitiveTypes.has(value)) types.push(value.toLowerCase());
    else if (/^([A-Z][a-z0-9]*)+$/.test(value)) instances.push(value);
    else other.push(value);
  }
  if (instances.length > 0) {
    const at = types.indexOf('object');
    if (at !== -1) {
      types.splice(at, 1);
      instances.push('Object');
    }
  }
  let message = `${subject(name)}must be `;
  if (types.length > 0) {
    message += `${types.length > 1 ? 'one of type' : 'of type'} ${orList(types)}`;
    if (instances.length > 0 || other.length > 0) message += ' or ';
  }
  if (instances.length > 0) {
    message += `an instance of ${orList(instances)}`;
    if (other.length > 0) message += ' or ';
  }
  if (other.length > 0) {
    if (other.length > 1) {
      message += `one of ${orList(other)}`;
    } else {
      if (other[0].toLowerCase() !== other[0]) message += 'an ';
      message += other[0];
    }
  }
  return `${message}. Received ${describe(actual)}`;
}

function invalidArgValue(name, value, reason = 'is invalid') {
  let shown = inspect(value);
  if (shown.length > 128) shown = `${shown.slice(0, 128)}...`;
  return `The ${name.includes('.') ? 'property' : 'argument'} '${name}' ${reason}. Received ${shown}`;
}

/** 1234567 → 1_234_567 */
function withSeparators(digits) {
  return digits.replace(/\B(?=(\d{3})+$)/g, '_');
}

function outOfRange(name, range, input, replaceDefault = false) {
  let received;
  if (Number.isInteger(input) && Math.abs(input) > 2 ** 32) {
    received = input < 0 ? `-${withSeparators(String(-input))}` : withSeparators(String(input));
  } else if (typeof input === 'bigint') {
    received = String(input);
    if (input > 2n ** 32n || input < -(2n ** 32n)) {
      received = input < 0n ? `-${withSeparators(received.slice(1))}` : withSeparators(received);
    }
    received += 'n';
  } else {
    received = inspect(input);
  }
  const start = replaceDefault ? name : `The value of "${name}" is out of range.`;
  return `${start} It must be ${range}. Received ${received}`;
}

function missingArgs(...names) {
  const quote = (name) => `"${name}"`;
  const all = names.map((name) => (Array.isArray(name) ? name.map(quote).join(' or ') : quote(name)));
  return `The ${orList(all, 'and')} argument${all.length > 1 ? 's' : ''} must be specified`;
}

function withProperties(message, finish) {
  message.finish = finish;
  return message;
}

const unhandledError = withProperties(
  (error) => (error === undefined ? 'Unhandled error.' : `Unhandled error. (${error})`),
  () => {});

module.exports = {
  ERR_AMBIGUOUS_ARGUMENT: [(name, reason) => `The "${name}" argument is ambiguous. ${reason}`, TypeError],
  ERR_ARG_NOT_ITERABLE: [(what) => `${what} must be iterable`, TypeError],
  ERR_ASSERTION: [(message) => message, Error],
  ERR_ASYNC_CALLBACK: [(name) => `${name} must be a function`, TypeError],
  ERR_ASYNC_TYPE: [(type) => `Invalid name for async "type": ${type}`, TypeError],
  ERR_BROTLI_COMPRESSION_FAILED: ['Brotli compression failed', Error],
  ERR_BROTLI_INVALID_PARAM: [(value) => `${value} is not a valid Brotli parameter`, RangeError],
  ERR_BUFFER_CONTEXT_NOT_AVAILABLE: ['Buffer is not available for the current Context', Error],
  ERR_BUFFER_OUT_OF_BOUNDS: [
    (name) => (name ? `"${name}" is outside of buffer bounds` : 'Attempt to access memory outside buffer bounds'), RangeError],
  ERR_BUFFER_TOO_LARGE: [(size) => `Cannot create a Buffer larger than ${size} bytes`, RangeError],
  ERR_CANNOT_WATCH_SIGINT: ['Cannot watch for SIGINT signals', Error],
  ERR_CHILD_CLOSED_BEFORE_REPLY: ['Child closed before reply received', Error],
  ERR_CHILD_PROCESS_IPC_REQUIRED: [
    (name) => `Forked processes must have an IPC channel, missing value 'ipc' in ${name}`, Error],
  ERR_CHILD_PROCESS_STDIO_MAXBUFFER: [(name) => `${name} maxBuffer length exceeded`, RangeError],
  ERR_CONSOLE_WRITABLE_STREAM: [(name) => `Console expects a writable stream instance for ${name}`, TypeError],
  ERR_CONSTRUCT_CALL_INVALID: ['Constructor cannot be called', TypeError],
  ERR_CONSTRUCT_CALL_REQUIRED: [(name) => `Class constructor ${name} cannot be invoked without \`new\``, TypeError],
  ERR_CONTEXT_NOT_INITIALIZED: ['context used is not initialized', Error],
  ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED: ['Custom engines not supported by this OpenSSL', Error],
  ERR_CRYPTO_ECDH_INVALID_FORMAT: [(format) => `Invalid ECDH format: ${format}`, TypeError],
  ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY: ['Public key is not valid for specified curve', Error],
  ERR_CRYPTO_ENGINE_UNKNOWN: [(id) => `Engine "${id}" was not found`, Error],
  ERR_CRYPTO_HASH_FINALIZED: ['Digest already called', Error],
  ERR_CRYPTO_HASH_UPDATE_FAILED: ['Hash update failed', Error],
  ERR_CRYPTO_INCOMPATIBLE_KEY: [(name, expected) => `Incompatible ${name}: ${expected}`, Error],
  ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS: [
    (type, encoding) => `The selected key encoding ${type} ${encoding}.`, Error],
  ERR_CRYPTO_INITIALIZATION_FAILED: ['Initialization failed', Error],
  ERR_CRYPTO_INVALID_AUTH_TAG: [(length) => `Invalid authentication tag length: ${length}`, TypeError],
  ERR_CRYPTO_INVALID_COUNTER: ['Invalid counter', TypeError],
  ERR_CRYPTO_INVALID_CURVE: ['Invalid EC curve name', TypeError],
  ERR_CRYPTO_INVALID_DIGEST: [(digest) => `Invalid digest: ${digest}`, TypeError],
  ERR_CRYPTO_INVALID_IV: ['Invalid initialization vector', TypeError],
  ERR_CRYPTO_INVALID_JWK: ['Invalid JWK data', TypeError],
  ERR_CRYPTO_INVALID_KEYLEN: ['Invalid key length', RangeError],
  ERR_CRYPTO_INVALID_KEYPAIR: ['Invalid key pair', RangeError],
  ERR_CRYPTO_INVALID_KEYTYPE: ['Invalid key type', RangeError],
  ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE: [
    (actual, expected) => `Invalid key object type ${actual}, expected ${expected}.`, TypeError],
  ERR_CRYPTO_INVALID_MESSAGELEN: ['Invalid message length', RangeError],
  ERR_CRYPTO_INVALID_SCRYPT_PARAMS: [(what) => (what ? `Invalid scrypt params: ${what}` : 'Invalid scrypt params'), RangeError],
  ERR_CRYPTO_INVALID_STATE: [(name) => `Invalid state for operation ${name}`, Error],
  ERR_CRYPTO_INVALID_TAG_LENGTH: ['Invalid tag length', RangeError],
  ERR_CRYPTO_JWK_UNSUPPORTED_CURVE: [(curve) => `Unsupported JWK EC curve: ${curve}.`, Error],
  ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE: ['Unsupported JWK Key Type.', Error],
  ERR_CRYPTO_KEM_NOT_SUPPORTED: ['KEM is not supported', Error],
  ERR_CRYPTO_OPERATION_FAILED: [(what) => what || 'Operation failed', Error],
  ERR_CRYPTO_PBKDF2_ERROR: ['PBKDF2 error', Error],
  ERR_CRYPTO_SCRYPT_NOT_SUPPORTED: ['Scrypt algorithm not supported', Error],
  ERR_CRYPTO_SIGN_KEY_REQUIRED: ['No key provided to sign', Error],
  ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH: ['Input buffers must have the same byte length', RangeError],
  ERR_CRYPTO_UNKNOWN_CIPHER: ['Unknown cipher', Error],
  ERR_CRYPTO_UNKNOWN_DH_GROUP: ['Unknown DH group', Error],
  ERR_CRYPTO_UNSUPPORTED_OPERATION: ['Unsupported crypto operation', Error],
  ERR_DEBUGGER_ERROR: [(message) => message, Error],
  ERR_DIR_CLOSED: ['Directory handle was closed', Error],
  ERR_DIR_CONCURRENT_OPERATION: [
    'Cannot do synchronous work on directory handle with concurrent asynchronous operations', Error],
  ERR_DNS_SET_SERVERS_FAILED: [
    (error, servers) => `c-ares failed to set servers: "${error}" [${inspect(servers)}]`, Error],
  ERR_DOMAIN_CANNOT_SET_UNCAUGHT_EXCEPTION_CAPTURE: [
    'The `domain` module is in use, which is mutually exclusive with calling process.setUncaughtExceptionCaptureCallback()',
    Error],
  ERR_DOMAIN_CALLBACK_NOT_AVAILABLE: [
    'A callback was registered through process.setUncaughtExceptionCaptureCallback(), which is mutually exclusive with ' +
    'using the `domain` module', Error],
  ERR_DLOPEN_FAILED: [(message) => message, Error],
  ERR_DUPLICATE_STARTUP_SNAPSHOT_MAIN_FUNCTION: ['Deserialize main function is already configured.', Error],
  ERR_ENCODING_INVALID_ENCODED_DATA: [
    withProperties((encoding) => `The encoded data was not valid for encoding ${encoding}`,
                   (error, args) => { error.errno = args[1]; }), TypeError],
  ERR_ENCODING_NOT_SUPPORTED: [(encoding) => `The "${encoding}" encoding is not supported`, RangeError],
  ERR_EVAL_ESM_CANNOT_PRINT: ['--print cannot be used with ESM input', Error],
  ERR_EVENT_RECURSION: [(type) => `The event "${type}" is already being dispatched`, Error],
  ERR_FALSY_VALUE_REJECTION: [
    withProperties(() => 'Promise was rejected with falsy value', (error, args) => { error.reason = args[0]; }), Error],
  ERR_FS_WATCH_QUEUE_OVERFLOW: [(most) => `fs.watch() queued more than ${most} events`, Error],
  ERR_FEATURE_UNAVAILABLE_ON_PLATFORM: [
    (name) => `The feature ${name} is unavailable on the current platform, which is being used to run Node.js`, TypeError],
  ERR_FS_CP_DIR_TO_NON_DIR: ['Cannot overwrite non-directory with directory', 'system'],
  ERR_FS_CP_EEXIST: ['Target already exists', 'system'],
  ERR_FS_CP_EINVAL: ['Invalid src or dest', 'system'],
  ERR_FS_CP_FIFO_PIPE: ['Cannot copy a FIFO pipe', 'system'],
  ERR_FS_CP_NON_DIR_TO_DIR: ['Cannot overwrite directory with non-directory', 'system'],
  ERR_FS_CP_SOCKET: ['Cannot copy a socket file', 'system'],
  ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY: ['Cannot overwrite symlink in subdirectory of self', 'system'],
  ERR_FS_CP_UNKNOWN: ['Cannot copy an unknown file type', 'system'],
  ERR_FS_EISDIR: ['Path is a directory', 'system'],
  ERR_FS_FILE_TOO_LARGE: [(size) => `File size (${size}) is greater than 2 GiB`, RangeError],
  ERR_FS_INVALID_SYMLINK_TYPE: [(type) => `Symlink type must be one of "dir", "file", or "junction". Received "${type}"`, Error],
  ERR_HTTP2_ALTSVC_INVALID_ORIGIN: ['HTTP/2 ALTSVC frames require a valid origin', TypeError],
  ERR_HTTP2_ALTSVC_LENGTH: ['HTTP/2 ALTSVC frames are limited to 16382 bytes', TypeError],
  ERR_HTTP2_CONNECT_AUTHORITY: [':authority header is required for CONNECT requests', Error],
  ERR_HTTP2_CONNECT_PATH: ['The :path header is forbidden for CONNECT requests', Error],
  ERR_HTTP2_CONNECT_SCHEME: ['The :scheme header is forbidden for CONNECT requests', Error],
  ERR_HTTP2_ERROR: [(message) => message, Error],
  ERR_HTTP2_GOAWAY_SESSION: ['New streams cannot be created after receiving a GOAWAY', Error],
  ERR_HTTP2_HEADERS_AFTER_RESPOND: ['Cannot specify additional headers after response initiated', Error],
  ERR_HTTP2_HEADERS_SENT: ['Response has already been initiated.', Error],
  ERR_HTTP2_HEADER_SINGLE_VALUE: [(name) => `Header field "${name}" must only have a single value`, TypeError],
  ERR_HTTP2_INFO_STATUS_NOT_ALLOWED: ['Informational status codes cannot be used', RangeError],
  ERR_HTTP2_INVALID_CONNECTION_HEADERS: [
    (name) => `HTTP/1 Connection specific headers are forbidden: "${name}"`, TypeError],
  ERR_HTTP2_INVALID_HEADER_VALUE: [(value, name) => `Invalid value "${value}" for header "${name}"`, TypeError],
  ERR_HTTP2_INVALID_INFO_STATUS: [(code) => `Invalid informational status code: ${code}`, RangeError],
  ERR_HTTP2_INVALID_ORIGIN: ['HTTP/2 ORIGIN frames require a valid origin', TypeError],
  ERR_HTTP2_INVALID_PACKED_SETTINGS_LENGTH: ['Packed settings length must be a multiple of six', RangeError],
  ERR_HTTP2_INVALID_PSEUDOHEADER: [(name) => `"${name}" is an invalid pseudoheader or is used incorrectly`, TypeError],
  ERR_HTTP2_INVALID_SESSION: ['The session has been destroyed', Error],
  ERR_HTTP2_INVALID_SETTING_VALUE: [
    withProperties((name, actual) => `Invalid value for setting "${name}": ${actual}`, (error, args) => {
      error.actual = args[1];
      if (args[2] === undefined) return;
      error.min = args[2];
      error.max = args[3];
    }), TypeError, RangeError],
  ERR_HTTP2_INVALID_STREAM: ['The stream has been destroyed', Error],
  ERR_HTTP2_MAX_PENDING_SETTINGS_ACK: ['Maximum number of pending settings acknowledgements', Error],
  ERR_HTTP2_NESTED_PUSH: ['A push stream cannot initiate another push stream.', Error],
  ERR_HTTP2_NO_MEM: ['Out of memory', Error],
  ERR_HTTP2_NO_SOCKET_MANIPULATION: [
    'HTTP/2 sockets should not be directly manipulated (e.g. read and written)', Error],
  ERR_HTTP2_ORIGIN_LENGTH: ['HTTP/2 ORIGIN frames are limited to 16382 bytes', TypeError],
  ERR_HTTP2_OUT_OF_STREAMS: ['No stream ID is available because maximum stream ID has been reached', Error],
  ERR_HTTP2_PAYLOAD_FORBIDDEN: [(code) => `Responses with ${code} status must not have a payload`, Error],
  ERR_HTTP2_PING_CANCEL: ['HTTP2 ping cancelled', Error],
  ERR_HTTP2_PING_LENGTH: ['HTTP2 ping payload must be 8 bytes', RangeError],
  ERR_HTTP2_PSEUDOHEADER_NOT_ALLOWED: ['Cannot set HTTP/2 pseudo-headers', TypeError],
  ERR_HTTP2_PUSH_DISABLED: ['HTTP/2 client has disabled push streams', Error],
  ERR_HTTP2_SEND_FILE: ['Directories cannot be sent', Error],
  ERR_HTTP2_SEND_FILE_NOSEEK: ['Offset or length can only be specified for regular files', Error],
  ERR_HTTP2_SESSION_ERROR: [(code) => `Session closed with error code ${code}`, Error],
  ERR_HTTP2_SETTINGS_CANCEL: ['HTTP2 session settings canceled', Error],
  ERR_HTTP2_SOCKET_BOUND: ['The socket is already bound to an Http2Session', Error],
  ERR_HTTP2_SOCKET_UNBOUND: ['The socket has been disconnected from the Http2Session', Error],
  ERR_HTTP2_STATUS_101: ['HTTP status code 101 (Switching Protocols) is forbidden in HTTP/2', Error],
  ERR_HTTP2_STATUS_INVALID: [(code) => `Invalid status code: ${code}`, RangeError],
  ERR_HTTP2_STREAM_CANCEL: [
    withProperties((reason) => `The pending stream has been canceled${reason ? ` (caused by: ${reason.message})` : ''}`,
                   (error, args) => { if (args[0]) error.cause = args[0]; }), Error],
  ERR_HTTP2_STREAM_ERROR: [(code) => `Stream closed with error code ${code}`, Error],
  ERR_HTTP2_STREAM_SELF_DEPENDENCY: ['A stream cannot depend on itself', Error],
  ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS: ['Number of custom settings exceeds MAX_ADDITIONAL_SETTINGS', Error],
  ERR_HTTP2_TOO_MANY_INVALID_FRAMES: ['Too many invalid HTTP/2 frames', Error],
  ERR_HTTP2_TOO_MANY_ORIGINS: [(max) => `The origin set of this session has more than ${max} origins`, Error],
  ERR_HTTP2_TRAILERS_ALREADY_SENT: ['Trailing headers have already been sent', Error],
  ERR_HTTP2_TRAILERS_NOT_READY: [
    'Trailing headers cannot be sent until after the wantTrailers event is emitted', Error],
  ERR_HTTP2_UNSUPPORTED_PROTOCOL: [(protocol) => `protocol "${protocol}" is unsupported.`, Error],
  ERR_HTTP_BODY_NOT_ALLOWED: ['Adding content for this request method or response status is not allowed.', Error],
  ERR_HTTP_CONTENT_LENGTH_MISMATCH: [
    (body, length) => `Response body's content-length of ${body} byte(s) does not match the content-length of ${length} byte(s) ` +
      'set in header', Error],
  ERR_HTTP_HEADERS_SENT: [(what) => `Cannot ${what} headers after they are sent to the client`, Error],
  ERR_HTTP_INVALID_HEADER_VALUE: [(value, name) => `Invalid value "${value}" for header "${name}"`, TypeError],
  ERR_HTTP_INVALID_STATUS_CODE: [(code) => `Invalid status code: ${typeof code === 'object' ? inspect(code) : code}`, RangeError],
  ERR_HTTP_REQUEST_TIMEOUT: ['Request timeout', Error],
  ERR_HTTP_SOCKET_ASSIGNED: ['ServerResponse has an already assigned socket', Error],
  ERR_HTTP_SOCKET_ENCODING: ['Changing the socket encoding is not allowed per RFC7230 Section 3.', Error],
  ERR_HTTP_TRAILER_INVALID: ['Trailers are invalid with this transfer encoding', Error],
  ERR_ILLEGAL_CONSTRUCTOR: ['Illegal constructor', TypeError],
  ERR_IMPORT_ATTRIBUTE_MISSING: [
    (url, key, value) => `Module "${url}" needs an import attribute of "${key}: ${value}"`, TypeError],
  ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE: [(url, type) => `Module "${url}" is not of type "${type}"`, TypeError],
  ERR_IMPORT_ATTRIBUTE_UNSUPPORTED: [
    (key, value, url) => `Import attribute "${key}" with value "${value}" is not supported${url === undefined ? '' : ` in ${url}`}`,
    TypeError],
  ERR_INCOMPATIBLE_OPTION_PAIR: [(one, two) => `Option "${one}" cannot be used in combination with option "${two}"`, TypeError],
  ERR_INPUT_TYPE_NOT_ALLOWED: ['--input-type can only be used with string input via --eval, --print, or STDIN', Error],
  ERR_INSPECTOR_ALREADY_ACTIVATED: ['Inspector is already activated. Close it with inspector.close() before activating it again.', Error],
  ERR_INSPECTOR_ALREADY_CONNECTED: [(what) => `${what} is already connected`, Error],
  ERR_INSPECTOR_CLOSED: ['Session was closed', Error],
  ERR_INSPECTOR_COMMAND: [(code, message) => `Inspector error ${code}: ${message}`, Error],
  ERR_INSPECTOR_NOT_ACTIVE: ['Inspector is not active', Error],
  ERR_INSPECTOR_NOT_AVAILABLE: ['Inspector is not available', Error],
  ERR_INSPECTOR_NOT_WORKER: ['Current thread is not a worker', Error],
  ERR_INSPECTOR_NOT_CONNECTED: ['Session is not connected', Error],
  ERR_INTERNAL_ASSERTION: [(message) => message ?? 'Internal assertion failed', Error],
  ERR_INVALID_ADDRESS: ['Invalid address', Error],
  ERR_INVALID_ADDRESS_FAMILY: [
    withProperties((family, host, port) => `Invalid address family: ${family} ${host}:${port}`, (error, args) => {
      error.host = args[1];
      error.port = args[2];
    }), RangeError],
  ERR_INVALID_ARG_TYPE: [invalidArgType, TypeError],
  ERR_INVALID_ARG_VALUE: [invalidArgValue, TypeError, RangeError],
  ERR_INVALID_ASYNC_ID: [(type, id) => `Invalid ${type} value: ${id}`, RangeError],
  ERR_INVALID_BUFFER_SIZE: [(bits) => `Buffer size must be a multiple of ${bits}`, RangeError],
  ERR_INVALID_CHAR: [
    (name, field) => `Invalid character in ${name}${field === undefined ? '' : ` ["${field}"]`}`, TypeError],
  ERR_INVALID_CURSOR_POS: ['Cannot set cursor row without setting its column', TypeError],
  ERR_INVALID_FD: [(fd) => `"fd" must be a positive integer: ${fd}`, RangeError],
  ERR_INVALID_FD_TYPE: [(type) => `Unsupported fd type: ${type}`, TypeError],
  ERR_INVALID_FILE_URL_HOST: [(platform) => `File URL host must be "localhost" or empty on ${platform}`, TypeError],
  ERR_INVALID_FILE_URL_PATH: [
    withProperties((reason) => `File URL path ${reason}`, (error, args) => {
      if (args[1] !== undefined) error.input = args[1];
    }), TypeError],
  ERR_INVALID_HANDLE_TYPE: ['This handle type cannot be sent', TypeError],
  ERR_INVALID_HTTP_TOKEN: [(name, field) => `${name} must be a valid HTTP token ["${field}"]`, TypeError],
  ERR_INVALID_IP_ADDRESS: [(ip) => `Invalid IP address: ${ip}`, TypeError],
  ERR_INVALID_MIME_SYNTAX: [
    (production, text, index) => `The MIME syntax for a ${production} in ${JSON.stringify(text)} is invalid` +
      `${index !== -1 ? ` at ${index}` : ''}`, TypeError],
  ERR_INVALID_MODULE: [(name) => `No such module: ${name}`, Error],
  ERR_INVALID_MODULE_SPECIFIER: [
    (request, reason, base) => `Invalid module "${request}" ${reason}${base ? ` imported from ${base}` : ''}`, TypeError],
  ERR_INVALID_OBJECT_DEFINE_PROPERTY: [(message) => message, TypeError],
  ERR_INVALID_PACKAGE_CONFIG: [
    (path, base, message) => `Invalid package config ${path}.${base ? ` while importing ${base}` : ''}${message ? ` ${message}` : ''}`,
    Error],
  ERR_INVALID_PACKAGE_TARGET: [
    (directory, key, target, isImport = false, base) => {
      const relative = typeof target === 'string' && !isImport && target.length > 0 && !target.startsWith('./');
      const start = key === '.'
        ? `Invalid "exports" main target ${JSON.stringify(target)} defined in the package config ${directory}package.json`
        : `Invalid "${isImport ? 'imports' : 'exports'}" target ${JSON.stringify(target)} defined for '${key}' in the package ` +
          `config ${directory}package.json`;
      return `${start}${base ? ` imported from ${base}` : ''}${relative ? '; targets must start with "./"' : ''}`;
    }, Error],
  ERR_INVALID_PROTOCOL: [(protocol, expected) => `Protocol "${protocol}" not supported. Expected "${expected}"`, TypeError],
  ERR_INVALID_REPL_EVAL_CONFIG: ['Cannot specify both "breakEvalOnSigint" and "eval" for REPL', TypeError],
  ERR_INVALID_REPL_INPUT: [(text) => text, TypeError],
  ERR_INVALID_RETURN_PROPERTY: [
    (input, name, property, value) => `Expected a valid ${input} to be returned for the "${property}" from the "${name}" ` +
      `function but got ${value}.`, TypeError],
  ERR_INVALID_RETURN_PROPERTY_VALUE: [
    (input, name, property, value) => `Expected ${input} to be returned for the "${property}" from the "${name}" hook but got ` +
      `${describe(value)}.`, TypeError],
  ERR_INVALID_RETURN_VALUE: [
    (input, name, value) => `Expected ${input} to be returned from the "${name}" function but got ${describe(value)}.`,
    TypeError, RangeError],
  ERR_INVALID_STATE: [(what) => `Invalid state: ${what}`, Error, TypeError, RangeError],
  ERR_INVALID_SYNC_FORK_INPUT: [(input) => `Asynchronous forks do not support Buffer, TypedArray, DataView or string input: ${input}`, TypeError],
  ERR_INVALID_THIS: [(type) => `Value of "this" must be of type ${type}`, TypeError],
  ERR_INVALID_TUPLE: [(what, expected) => `${what} must be an iterable ${expected} tuple`, TypeError],
  ERR_INVALID_URI: ['URI malformed', URIError],
  ERR_INVALID_URL: [
    withProperties(() => 'Invalid URL', (error, args) => {
      error.input = args[0];
      if (args[1] !== undefined) error.base = args[1];
    }), TypeError],
  ERR_INVALID_URL_PATTERN: [(reason) => `Invalid URLPattern: ${reason}`, TypeError],
  ERR_INVALID_URL_SCHEME: [
    (expected) => `The URL must be ${Array.isArray(expected) ? `one of scheme ${orList(expected)}` : `of scheme ${expected}`}`, TypeError],
  ERR_IPC_CHANNEL_CLOSED: ['Channel closed', Error],
  ERR_IPC_DISCONNECTED: ['IPC channel is already disconnected', Error],
  ERR_IPC_ONE_PIPE: ['Child process can have only one IPC pipe', Error],
  ERR_IPC_SYNC_FORK: ['IPC cannot be used with synchronous forks', Error],
  ERR_IP_BLOCKED: [(ip) => `IP(${ip}) is blocked by net.BlockList`, Error],
  ERR_LOADER_CHAIN_INCOMPLETE: [
    (name) => `"${name}" did not call the next hook in its chain and did not explicitly signal a short circuit.`, Error],
  ERR_METHOD_NOT_IMPLEMENTED: [(name) => `The ${name} method is not implemented`, Error],
  ERR_MISSING_ARGS: [missingArgs, TypeError],
  ERR_MISSING_OPTION: [(name) => `${name} is required`, TypeError],
  ERR_MISSING_PASSPHRASE: ['Passphrase required for encrypted key', TypeError],
  ERR_MISSING_PLATFORM_FOR_WORKER: ['The V8 platform used by this instance of Node does not support creating Workers', Error],
  ERR_MODULE_NOT_FOUND: [
    withProperties((path, base, exactUrl) => `Cannot find ${exactUrl ? 'module' : 'package'} '${path}' imported from ${base}`,
                   (error, args) => { if (args[2]) error.url = `${args[2]}`; }), Error],
  ERR_MULTIPLE_CALLBACK: ['Callback called multiple times', Error],
  ERR_NETWORK_IMPORT_BAD_RESPONSE: [(url, reason) => `import '${url}' received a bad response: ${reason}`, Error],
  ERR_NOT_BUILDING_SNAPSHOT: ['Operation cannot be invoked when not building startup snapshot', Error],
  ERR_NOT_IN_SINGLE_EXECUTABLE_APPLICATION: ['Operation cannot be invoked when not in a single-executable application', Error],
  ERR_NOT_SUPPORTED_IN_SNAPSHOT: [(what) => `${what} is not supported in startup snapshot`, Error],
  ERR_NO_CRYPTO: ['Node.js is not compiled with OpenSSL crypto support', Error],
  ERR_NO_ICU: [(what) => `${what} is not supported on Node.js compiled without ICU`, TypeError],
  ERR_NO_TYPESCRIPT: ['Node.js is not compiled with TypeScript support', Error],
  ERR_OPERATION_FAILED: [(reason) => `Operation failed: ${reason}`, Error, TypeError],
  ERR_OUT_OF_RANGE: [outOfRange, RangeError],
  ERR_PACKAGE_IMPORT_NOT_DEFINED: [
    (specifier, path, base) => `Package import specifier "${specifier}" is not defined${path ? ` in package ${path}package.json` : ''} ` +
      `imported from ${base}`, TypeError],
  ERR_PACKAGE_PATH_NOT_EXPORTED: [
    (path, subpath, base) => (subpath === '.'
      ? `No "exports" main defined in ${path}package.json${base ? ` imported from ${base}` : ''}`
      : `Package subpath '${subpath}' is not defined by "exports" in ${path}package.json${base ? ` imported from ${base}` : ''}`), Error],
  ERR_PARSE_ARGS_INVALID_OPTION_VALUE: [(message) => message, TypeError],
  ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL: [
    (argument) => `Unexpected argument '${argument}'. This command does not take positional arguments`, TypeError],
  ERR_PARSE_ARGS_UNKNOWN_OPTION: [
    (option, positionals) => `Unknown option '${option}'${positionals
      ? `. To specify a positional argument starting with a '-', place it at the end of the command after '--', as in '-- ${JSON.stringify(option)}`
      : ''}`, TypeError],
  ERR_PERFORMANCE_INVALID_TIMESTAMP: [(value) => `${value} is not a valid timestamp`, TypeError],
  ERR_PERFORMANCE_MEASURE_INVALID_OPTIONS: [(what) => what, TypeError],
  ERR_PROTO_ACCESS: ['Accessing Object.prototype.__proto__ has been disallowed with --disable-proto=throw', Error],
  ERR_QUERYSTRING: [(what) => what, Error],
  ERR_QUIC_ERROR: [(what) => what, Error],
  ERR_PROXY_INVALID_CONFIG: [(what) => what, Error],
  ERR_PROXY_TUNNEL: [(what) => what, Error],
  ERR_REQUIRE_ASYNC_MODULE: [
    withProperties((filename, stack) => 'require() cannot be used on an ESM graph with top-level await. Use import() instead. To see ' +
      'where the top-level await comes from, use --experimental-print-required-tla.' +
      `${filename ? `\nRequired module: ${filename}` : ''}${stack?.length > 0 ? `\nRequire stack:\n- ${stack.join('\n- ')}` : ''}`,
    (error, args) => Object.defineProperty(error, 'requireStack', { value: args[1], enumerable: false, configurable: true, writable: true })),
    Error],
  ERR_REQUIRE_CYCLE_MODULE: [(message) => message, Error],
  ERR_REQUIRE_ESM: [
    (filename, _hasEsmSyntax, parent) => {
      const name = filename.slice(filename.lastIndexOf('/') + 1);
      return `require() of ES Module ${filename}${parent ? ` from ${parent}` : ''} not supported.\nInstead change the require of ` +
        `${name}${parent ? ` in ${parent}` : ''} to a dynamic import() which is available in all CommonJS modules.`;
    }, Error],
  ERR_SCRIPT_EXECUTION_INTERRUPTED: ['Script execution was interrupted by `SIGINT`', Error],
  ERR_SCRIPT_EXECUTION_TIMEOUT: [(ms) => `Script execution timed out after ${ms}ms`, Error],
  ERR_SERVER_ALREADY_LISTEN: ['Listen method has been called more than once without closing.', Error],
  ERR_SERVER_NOT_RUNNING: ['Server is not running.', Error],
  ERR_SINGLE_EXECUTABLE_APPLICATION_ASSET_NOT_FOUND: [(key) => `Cannot find asset ${key} for the single executable application`, Error],
  ERR_SOCKET_ALREADY_BOUND: ['Socket is already bound', Error],
  ERR_SOCKET_BAD_BUFFER_SIZE: ['Buffer size must be a positive integer', TypeError],
  ERR_SOCKET_BAD_PORT: [
    (name, port, allowZero = true) => `${name} should be ${allowZero ? '>=' : '>'} 0 and < 65536. Received ${describe(port)}.`, RangeError],
  ERR_SOCKET_BAD_TYPE: ['Bad socket type specified. Valid types are: udp4, udp6', TypeError],
  ERR_SOCKET_BUFFER_SIZE: ['Could not get or set buffer size', 'system'],
  ERR_SOCKET_CLOSED: ['Socket is closed', Error],
  ERR_SOCKET_CLOSED_BEFORE_CONNECTION: ['Socket closed before the connection was established', Error],
  ERR_SOCKET_CONNECTION_TIMEOUT: ['Socket connection timeout', Error],
  ERR_SOCKET_DGRAM_IS_CONNECTED: ['Already connected', Error],
  ERR_SOCKET_DGRAM_NOT_CONNECTED: ['Not connected', Error],
  ERR_SOCKET_DGRAM_NOT_RUNNING: ['Not running', Error],
  ERR_SRI_PARSE: [(name, char, position) => `Subresource Integrity string ${name} had an unexpected ${char} at position ${position}`, SyntaxError],
  ERR_SQLITE_ERROR: [(message) => message, Error],
  ERR_STREAM_ALREADY_FINISHED: [(name) => `Cannot call ${name} after a stream was finished`, Error],
  ERR_STREAM_CANNOT_PIPE: ['Cannot pipe, not readable', Error],
  ERR_STREAM_DESTROYED: [(name) => `Cannot call ${name} after a stream was destroyed`, Error],
  ERR_STREAM_ITER_MISSING_FLAG: ['The stream/iter API requires the --experimental-stream-iter flag', TypeError],
  ERR_STREAM_NULL_VALUES: ['May not write null values to stream', TypeError],
  ERR_STREAM_PREMATURE_CLOSE: ['Premature close', Error],
  ERR_STREAM_PUSH_AFTER_EOF: ['stream.push() after EOF', Error],
  ERR_STREAM_UNABLE_TO_PIPE: ['Cannot pipe to a closed or destroyed stream', Error],
  ERR_STREAM_UNSHIFT_AFTER_END_EVENT: ['stream.unshift() after end event', Error],
  ERR_STREAM_WRAP: ['Stream has StringDecoder set or is in objectMode', Error],
  ERR_STREAM_WRITE_AFTER_END: ['write after end', Error],
  ERR_STRING_TOO_LONG: [(length) => `Cannot create a string longer than 0x${length.toString(16)} characters`, Error],
  ERR_SYNTHETIC: ['JavaScript Callstack', Error],
  ERR_SYSTEM_ERROR: ['A system error occurred', 'system'],
  ERR_TEST_FAILURE: [
    withProperties((error, type) => {
      const message = error?.message ?? error;
      return typeof message === 'string' ? message : inspect(message);
    }, (error, args) => {
      error.failureType = args[1];
      error.cause = args[0];
    }), Error],
  ERR_TLS_ALPN_CALLBACK_INVALID_RESULT: [(value, protocols) => `ALPN callback returned a value (${value}) that did not match any of the client's offered protocols (${protocols.join(', ')})`, TypeError],
  ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS: ['The ALPNCallback and ALPNProtocols TLS options are mutually exclusive', TypeError],
  ERR_TLS_CERT_ALTNAME_FORMAT: ['Invalid subject alternative name string', SyntaxError],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    withProperties((reason, host) => `Hostname/IP does not match certificate's altnames: ${reason}`, (error, args) => {
      error.reason = args[0];
      error.host = args[1];
      error.cert = args[2];
    }), Error],
  ERR_TLS_DH_PARAM_SIZE: [(size) => `DH parameter size ${size} is less than 2048`, Error],
  ERR_TLS_HANDSHAKE_TIMEOUT: ['TLS handshake timeout', Error],
  ERR_TLS_INVALID_CONTEXT: [(name) => `${name} must be a SecureContext`, TypeError],
  ERR_TLS_INVALID_PROTOCOL_METHOD: [(what) => what, TypeError],
  ERR_TLS_INVALID_PROTOCOL_VERSION: [(protocol, kind) => `${JSON.stringify(protocol)} is not a valid ${kind} TLS protocol version`, TypeError],
  ERR_TLS_INVALID_STATE: ['TLS socket connection must be securely established', Error],
  ERR_TLS_PROTOCOL_VERSION_CONFLICT: [
    (version, method) => `TLS protocol version ${JSON.stringify(version)} conflicts with secureProtocol ${JSON.stringify(method)}`, TypeError],
  ERR_TLS_PSK_SET_IDENTITY_HINT_FAILED: ['Failed to set PSK identity hint', Error],
  ERR_TLS_RENEGOTIATION_DISABLED: ['TLS session renegotiation disabled for this socket', Error],
  ERR_TLS_REQUIRED_SERVER_NAME: ['"servername" is required parameter for Server.addContext', Error],
  ERR_TLS_SESSION_ATTACK: ['TLS session renegotiation attack detected', Error],
  ERR_TLS_SNI_FROM_SERVER: ['Cannot issue SNI from a TLS server-side socket', Error],
  ERR_TRACE_EVENTS_CATEGORY_REQUIRED: ['At least one category is required', TypeError],
  ERR_TRACE_EVENTS_UNAVAILABLE: ['Trace events are unavailable', Error],
  ERR_UNAVAILABLE_DURING_EXIT: ['Cannot call function in process exit handler', Error],
  ERR_UNCAUGHT_EXCEPTION_CAPTURE_ALREADY_SET: [
    '`process.setupUncaughtExceptionCapture()` was called while a capture callback was already active', Error],
  ERR_UNESCAPED_CHARACTERS: [(name) => `${name} contains unescaped characters`, TypeError],
  ERR_TRAILING_JUNK_AFTER_STREAM_END: ['Trailing junk found after the end of the compressed stream', TypeError],
  ERR_UNHANDLED_ERROR: [unhandledError, Error],
  ERR_UNKNOWN_BUILTIN_MODULE: [(name) => `No such built-in module: ${name}`, Error],
  ERR_UNKNOWN_CREDENTIAL: [(kind, id) => `${kind} identifier does not exist: ${id}`, Error],
  ERR_UNKNOWN_ENCODING: [
    (encoding) => `Unknown encoding: ${typeof encoding === 'object' ? inspect(encoding) : String(encoding)}`,
    TypeError,
  ],
  ERR_UNKNOWN_FILE_EXTENSION: [(extension, path) => `Unknown file extension "${extension}" for ${path}`, TypeError],
  ERR_UNKNOWN_MODULE_FORMAT: [(format, path) => `Unknown module format: ${format} for URL ${path}`, RangeError],
  ERR_UNKNOWN_SIGNAL: [(signal) => `Unknown signal: ${signal}`, TypeError],
  ERR_UNSUPPORTED_DIR_IMPORT: [
    withProperties((path, base) => `Directory import '${path}' is not supported resolving ES modules imported from ${base}`,
                   (error, args) => { error.url = args[2]; }), Error],
  ERR_UNSUPPORTED_ESM_URL_SCHEME: [
    (url, supported) => `Only URLs with a scheme in: ${orList(supported, 'and')} are supported by the default ESM loader. ` +
      `Received protocol '${url.protocol}'`, Error],
  ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING: [(path) => `Stripping types is currently unsupported for files under node_modules, for "${path}"`, Error],
  ERR_UNSUPPORTED_RESOLVE_REQUEST: [(specifier, base) => `Failed to resolve module specifier "${specifier}" from "${base}": Invalid relative URL or base scheme is not hierarchical.`, TypeError],
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX: [(message) => message, SyntaxError],
  ERR_INVALID_TYPESCRIPT_SYNTAX: [(message) => message, SyntaxError],
  ERR_USE_AFTER_CLOSE: [(name) => `${name} was closed`, Error],
  ERR_VALID_PERFORMANCE_ENTRY_TYPE: ['At least one valid performance entry type is required', Error],
  ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING: ['A dynamic import callback was not specified.', TypeError],
  ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG: ['A dynamic import callback was invoked without --experimental-vm-modules', TypeError],
  ERR_MODULE_LINK_MISMATCH: [(message) => message, TypeError],
  ERR_SOURCE_PHASE_NOT_DEFINED: [(url) => `Source phase import object is not defined for module '${url}'`, SyntaxError],
  ERR_VM_MODULE_ALREADY_LINKED: ['Module has already been linked', Error],
  ERR_VM_MODULE_CACHED_DATA_REJECTED: ['cachedData buffer was rejected', Error],
  ERR_VM_MODULE_CANNOT_CREATE_CACHED_DATA: ['Cached data cannot be created for a module which has been evaluated', Error],
  ERR_VM_MODULE_DIFFERENT_CONTEXT: ['Linked modules must use the same context', Error],
  ERR_VM_MODULE_LINK_FAILURE: [withProperties((message) => message, (error, args) => { error.cause = args[1]; }), Error],
  ERR_VM_MODULE_NOT_MODULE: ['Provided module is not an instance of Module', Error],
  ERR_VM_MODULE_STATUS: [(status) => `Module status ${status}`, Error],
  ERR_WASI_ALREADY_STARTED: ['WASI instance has already started', Error],
  ERR_WEBASSEMBLY_RESPONSE: [(message) => `WebAssembly response ${message}`, TypeError],
  ERR_WORKER_INIT_FAILED: [(message) => `Worker initialization failure: ${message}`, Error],
  ERR_WORKER_INVALID_EXEC_ARGV: [(errors, message = 'invalid execArgv flags') => `Initiated Worker with ${message}: ${errors.join(', ')}`, Error],
  ERR_WORKER_MESSAGING_ERRORED: ['The destination thread threw an error while processing the message', Error],
  ERR_WORKER_MESSAGING_FAILED: ['Cannot find the destination thread or listener', Error],
  ERR_WORKER_MESSAGING_SAME_THREAD: ['Cannot sent a message to the same thread', Error],
  ERR_WORKER_MESSAGING_TIMEOUT: ['Sending a message to another thread timed out', Error],
  ERR_WORKER_NOT_RUNNING: ['Worker instance not running', Error],
  ERR_WORKER_OUT_OF_MEMORY: [(what) => `Worker terminated due to reaching memory limit: ${what}`, Error],
  ERR_WORKER_PATH: [(name) => "The worker script or module filename must be an absolute path or a relative path starting with './' or '../'." +
    `${/^file:/.test(name) ? ' Wrap file:// URLs with `new URL`.' : ''}${/^data:/.test(name) ? ' Wrap data: URLs with `new URL`.' : ''} Received "${name}"`, TypeError],
  ERR_WORKER_UNSERIALIZABLE_ERROR: ['Serializing an uncaught exception failed', Error],
  ERR_WORKER_UNSUPPORTED_OPERATION: [(what) => `${what} is not supported in workers`, TypeError],
  ERR_ZLIB_INITIALIZATION_FAILED: ['Initialization failed', Error],
  ERR_ZSTD_INVALID_PARAM: [(value) => `${value} is not a valid zstd parameter`, RangeError],
};
Object.defineProperty(module.exports, 'describe', { value: describe, enumerable: false });
module.exports = Object.setPrototypeOf(module.exports, null);
