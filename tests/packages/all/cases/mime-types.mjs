import mime from 'mime-types';
import ms from 'ms';
console.log(mime.lookup('a.json'), mime.contentType('x.html'), mime.extension('image/png'), ms('2.5 hrs'), ms(60000, { long: true }));
