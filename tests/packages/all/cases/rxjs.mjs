import { interval, of, from, map, take, toArray, lastValueFrom, mergeMap, throwError, retry } from 'rxjs';
console.log(await lastValueFrom(interval(1).pipe(take(3), map((n) => n * 2), toArray())));
let tries = 0;
from([1, 2]).pipe(mergeMap((n) => ++tries < 3 ? throwError(() => new Error('x')) : of(n)), retry(3)).subscribe({ next: console.log, complete: () => console.log('done', tries) });
