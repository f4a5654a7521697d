import validator from 'validator';
console.log(['a@b.co', 'x'].map((s) => validator.isEmail(s)), validator.isURL('http://ä.test/?q=1'), validator.isIP('::1', 6), validator.escape('<a>'), validator.isUUID('x'), validator.isAlpha('äb', 'de-DE'), validator.isISO8601('2020-02-30', { strict: true }));
