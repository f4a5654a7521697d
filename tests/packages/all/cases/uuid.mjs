import { v4, v5, v7, validate, version, parse } from 'uuid';
console.log(validate(v4()), version(v7()), v5('jsd', v5.URL), parse(v5('a', v5.DNS)));
