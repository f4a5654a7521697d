import iconv from 'iconv-lite';
console.log(iconv.encode('äöü €', 'win1252'), iconv.decode(Buffer.from('93fa967b', 'hex'), 'shift_jis'), iconv.decode(iconv.encode('日本', 'euc-jp'), 'euc-jp'), iconv.encodingExists('x'), iconv.encode('a', 'utf16'));
