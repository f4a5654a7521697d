import { z } from 'zod';
const S = z.object({ n: z.coerce.number().min(1), e: z.email().optional(), u: z.union([z.literal('a'), z.array(z.string())]), d: z.iso.datetime().default('2020-01-01T00:00:00Z') }).strict(); console.log(S.parse({ n: '5', u: ['x'] }), JSON.stringify(S.safeParse({ n: 0, e: 'x', u: 1, z: 1 }).error.issues), z.toJSONSchema(S));
