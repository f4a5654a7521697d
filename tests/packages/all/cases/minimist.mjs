import minimist from 'minimist';
console.log(minimist(['-abc', '--n=3', '--no-x', 'y', '--', 'z'], { '--': true, boolean: ['a'], alias: { n: 'number' } }));
