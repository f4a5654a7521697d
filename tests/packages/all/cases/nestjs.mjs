import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Module, Controller, Get, Injectable, Param, Inject, NotFoundException } from '@nestjs/common';
import { __decorate, __param } from 'tslib';
let S = class { get(id) { if (id === '0') throw new NotFoundException('none'); return { id }; } }; S = __decorate([Injectable()], S);
let C = class { constructor(s) { this.s = s; } one(id) { return this.s.get(id); } }; __decorate([Get(':id'), __param(0, Param('id'))], C.prototype, 'one', Object.getOwnPropertyDescriptor(C.prototype, 'one')); C = __decorate([Controller('c'), __param(0, Inject(S))], C);
let M = class {}; M = __decorate([Module({ controllers: [C], providers: [S] })], M);
const app = await NestFactory.create(M, { logger: false }); await app.listen(0, '127.0.0.1'); const url = await app.getUrl();
for (const p of ['/c/5', '/c/0', '/x']) { const r = await fetch(url + p); console.log(r.status, await r.text()); } await app.close();
