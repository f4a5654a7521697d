import micromatch from 'micromatch';
import { minimatch, Minimatch } from 'minimatch';
console.log(micromatch(['a.js', 'b/c.js', 'd.md'], ['**/*.js', '!b/**']), micromatch.braces('{a,b}{1..3}', { expand: true }), minimatch('x/y.js', '**/*.{js,ts}'), new Minimatch('[[:alpha:]]?*').match('ab'));
