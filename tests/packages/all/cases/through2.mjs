import through2 from 'through2';
import concat from 'concat-stream';
import pump from 'pump';
import { Readable, pipeline } from 'readable-stream';
const source = Readable.from(['a', 'b']); pump(source, through2(function (c, e, cb) { this.push(String(c).toUpperCase()); cb(); }), concat((d) => console.log(String(d))), (e) => console.log('pumped', e ?? null)); pipeline(Readable.from([1]), through2.obj((c, e, cb) => cb(new Error('t'))), (e) => console.log(e.message));
