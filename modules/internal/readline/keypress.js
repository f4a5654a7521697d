'use strict';
// Makes a stream emit 'keypress' (Node documentation: readline.emitKeypressEvents). The decoder and the parser belong to the
// stream, so that an interface that follows another on the same stream finds half a character where it was left. The stream
// is read only while somebody listens to 'keypress'.
const { load } = require('../loader/builtins');
const { KeyParser } = require('./keys');

const kKeys = Symbol('keypress-decoder');
const defaultEscapeTimeout = 500; // ms

/**
 * @param {import('stream').Readable} stream
 * @param {object} [editor] an Interface: no completion while text is pasted, its escapeCodeTimeout
 */
function emitKeypressEvents(stream, editor) {
  if (stream[kKeys] !== undefined) return;
  const { StringDecoder } = load('string_decoder');
  const decoder = new StringDecoder('utf8');
  const parser = new KeyParser((text, key) => stream.emit('keypress', text, key));
  stream[kKeys] = { decoder, parser };
  let timer;

  const pushAll = (text) => {
    const characters = Array.from(text);
    if (editor) {
      editor._sawKeyPress = characters.length === 1;
      editor.isCompletionEnabled = false;
    }
    characters.forEach((character, i) => {
      if (editor && i === characters.length - 1) editor.isCompletionEnabled = true;
      parser.push(character);
    });
  };

  const onData = (chunk) => {
    if (stream.listenerCount('keypress') === 0) {
      stream.removeListener('data', onData);
      stream.on('newListener', onNewListener);
      return;
    }
    const text = decoder.write(chunk);
    if (!text) return;
    clearTimeout(timer);
    try {
      pushAll(text);
    } catch (error) {
      parser.rest = '';
      throw error;
    } finally {
      if (editor) editor.isCompletionEnabled = true;
    }
    if (/^\x1b+$/.test(parser.rest)) timer = setTimeout(() => parser.flush(), editor?.escapeCodeTimeout ?? defaultEscapeTimeout);
  };
  const onNewListener = (event) => {
    if (event !== 'keypress') return;
    stream.on('data', onData);
    stream.removeListener('newListener', onNewListener);
  };

  if (stream.listenerCount('keypress') > 0) stream.on('data', onData);
  else stream.on('newListener', onNewListener);
}

module.exports = { emitKeypressEvents };
