'use strict';
// A DNS server on a loopback port for tests: zone(name, type) gives the records of a question, or a number (a response
// code), or undefined (no answer at all). RFC 1035, without compression.
const dgram = require('dgram');
const net = require('net');
const { once } = require('events');

const types = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, NAPTR: 35, TLSA: 52, CAA: 257, ANY: 255 };
const typeNames = new Map(Object.entries(types).map(([name, number]) => [number, name]));

const u8 = (value) => Buffer.from([value]);
const u16 = (value) => Buffer.from([value >> 8, value & 255]);
const u32 = (value) => { const out = Buffer.alloc(4); out.writeUInt32BE(value); return out; };
const text = (value) => { const bytes = Buffer.from(value, 'latin1'); return Buffer.concat([u8(bytes.length), bytes]); };
const name = (value) => Buffer.concat([...value.split('.').filter(Boolean).map(text), u8(0)]);

function ipv6(address) {
  const [head, tail] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const groups = tail === undefined ? head : [...head, ...new Array(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.concat(groups.map((group) => u16(parseInt(group, 16))));
}

const data = {
  A: (r) => Buffer.from(r.address.split('.').map(Number)),
  AAAA: (r) => ipv6(r.address),
  NS: (r) => name(r.value),
  CNAME: (r) => name(r.value),
  PTR: (r) => name(r.value),
  MX: (r) => Buffer.concat([u16(r.priority), name(r.exchange)]),
  TXT: (r) => Buffer.concat(r.entries.map(text)),
  SRV: (r) => Buffer.concat([u16(r.priority), u16(r.weight), u16(r.port), name(r.name)]),
  SOA: (r) => Buffer.concat([name(r.nsname), name(r.hostmaster), u32(r.serial), u32(r.refresh), u32(r.retry), u32(r.expire),
    u32(r.minttl)]),
  NAPTR: (r) => Buffer.concat([u16(r.order), u16(r.preference), text(r.flags), text(r.service), text(r.regexp),
    name(r.replacement)]),
  TLSA: (r) => Buffer.concat([u8(r.certUsage), u8(r.selector), u8(r.match), r.data]),
  CAA: (r) => Buffer.concat([u8(r.critical), text(r.tag), Buffer.from(r.value)]),
};

function question(message) {
  const labels = [];
  let at = 12;
  while (message[at] !== 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]));
    at += 1 + message[at];
  }
  return { name: labels.join('.'), type: typeNames.get(message.readUInt16BE(at + 1)), bytes: message.subarray(12, at + 5) };
}

function answer(message, asked, records) {
  const code = typeof records === 'number' ? records : 0;
  const list = typeof records === 'number' ? [] : records;
  const header = Buffer.concat([message.subarray(0, 2), u16(0x8180 | code), u16(1), u16(list.length), u16(0), u16(0)]);
  return Buffer.concat([header, asked.bytes, ...list.map((record) => {
    const rdata = data[record.type](record);
    return Buffer.concat([name(record.owner ?? asked.name), u16(types[record.type]), u16(1), u32(record.ttl ?? 60),
      u16(rdata.length), rdata]);
  })]);
}

/**
 * @param {(name: string, type: string) => object[] | number | undefined} zone
 * @param {{ truncate?: boolean }} [options] truncate: UDP says that TCP has the answer, and TCP does
 * @returns {Promise<{ address: string, asked: string[], close: () => void, socket: dgram.Socket }>}
 */
async function serve(zone, { truncate = false } = {}) {
  const socket = dgram.createSocket('udp4');
  const asked = [];
  socket.on('message', (message, from) => {
    const about = question(message);
    asked.push(`${about.type} ${about.name}`);
    const records = zone(about.name, about.type);
    if (records === undefined) return;
    const reply = answer(message, about, truncate ? [] : records);
    if (truncate) reply[2] |= 2;
    socket.send(reply, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  let tcp;
  if (truncate) {
    tcp = net.createServer((connection) => {
      connection.on('data', (chunk) => {
        const message = chunk.subarray(2);
        const about = question(message);
        asked.push(`TCP ${about.type} ${about.name}`);
        const reply = answer(message, about, zone(about.name, about.type));
        connection.end(Buffer.concat([u16(reply.length), reply]));
      });
    });
    tcp.listen(port, '127.0.0.1');
    await once(tcp, 'listening');
  }
  const close = () => {
    socket.close();
    tcp?.close();
  };
  return { address: `127.0.0.1:${port}`, asked, close, socket };
}

module.exports = { serve };
