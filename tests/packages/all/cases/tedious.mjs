import { Connection, Request, TYPES } from 'tedious';
const c = new Connection({ server: '127.0.0.1', options: { port: 1, connectTimeout: 2000, encrypt: false }, authentication: { type: 'default', options: { userName: 'u', password: 'p' } } }); c.connect((e) => console.log(e.code, e.message)); console.log(TYPES.Int.name, typeof Request);
