'use strict';
// The tracefile of lcov (geninfo(1)): what was covered, nothing of the tests themselves.
const platform = require('../platform');

const { Transform } = platform.stream;

class LcovReporter extends Transform {
  constructor(options) {
    super({ __proto__: null, ...options, writableObjectMode: true });
  }

  _transform({ type, data }, encoding, callback) {
    callback(null, type === 'test:coverage' ? tracefile(data.summary) : null);
  }
}

function tracefile({ files, workingDirectory }) {
  let out = 'TN:\n';
  for (const file of files) {
    out += `SF:${platform.path.relative(workingDirectory, file.path)}\n`;
    let called = '';
    file.functions.forEach((fn, i) => {
      const name = fn.name || `anonymous_${i}`;
      out += `FN:${fn.line},${name}\n`;
      called += `FNDA:${fn.count},${name}\n`;
    });
    out += `${called}FNF:${file.totalFunctionCount}\nFNH:${file.coveredFunctionCount}\n`;
    file.branches.forEach((branch, i) => { out += `BRDA:${branch.line},${i},0,${branch.count}\n`; });
    out += `BRF:${file.totalBranchCount}\nBRH:${file.coveredBranchCount}\n`;
    for (const line of [...file.lines].sort((a, b) => a.line - b.line)) out += `DA:${line.line},${line.count}\n`;
    out += `LH:${file.coveredLineCount}\nLF:${file.totalLineCount}\nend_of_record\n`;
  }
  return out;
}

module.exports = { LcovReporter };
