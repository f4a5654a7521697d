import EventEmitter from 'eventemitter3';
const e = new EventEmitter(); e.on('a', function (x) { console.log(x, this === e); }).once('a', () => console.log('once')); console.log(e.emit('a', 1), e.emit('a', 2), e.listenerCount('a'), e.eventNames());
