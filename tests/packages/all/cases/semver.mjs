import semver from 'semver';
console.log(semver.satisfies('1.2.3', '^1.1'), semver.sort(['1.10.0', '1.9.1', '1.9.1-rc.1']), semver.inc('1.2.3', 'minor'), semver.coerce('v2'), new semver.Range('>1 <3'));
