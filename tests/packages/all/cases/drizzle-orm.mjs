import { pgTable, serial, text, PgDialect } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/node-postgres';
import { eq, sql } from 'drizzle-orm';
const t = pgTable('t', { id: serial('id').primaryKey(), n: text('n').notNull() }); console.log(drizzle.mock().select().from(t).where(eq(t.n, 'x')).toSQL(), new PgDialect().sqlToQuery(sql`select ${1} from ${t}`).sql);
