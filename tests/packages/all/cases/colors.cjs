const colors = require('colors');
const pc = require('picocolors');
colors.enable(); console.log(JSON.stringify(['a'.red.bold, colors.rainbow('xy'), pc.createColors(true).green('g'), pc.isColorSupported]));
