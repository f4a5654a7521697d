import request from 'supertest';
import express from 'express';
const app = express().use(express.json()).post('/u', (q, s) => s.status(201).json(q.body)).get('/t', (q, s) => s.type('text').send('hi'));
await request(app).post('/u').send({ a: 1 }).expect(201, { a: 1 });
const agent = request.agent(app);
console.log((await agent.get('/t').expect('content-type', /text/)).text);
await request(app).get('/t').expect(500).catch((e) => console.log(e.message));
