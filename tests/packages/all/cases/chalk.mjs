import chalk from 'chalk';
const forced = new chalk.Instance({ level: 3 });
console.log(JSON.stringify([forced.red.bold('a'), forced.hex('#123456').bgBlue('b'), chalk.green('plain'), chalk.supportsColor]));
