import { Sequelize, DataTypes } from 'sequelize';
const db = new Sequelize('d', 'u', 'p', { dialect: 'postgres', host: '127.0.0.1', port: 1, logging: false }); const U = db.define('U', { n: { type: DataTypes.STRING, validate: { len: [2, 5] } }, at: DataTypes.DATE });
console.log(U.build({ n: 'ab' }).toJSON(), db.getQueryInterface().queryGenerator.selectQuery('t', { where: { a: [1, 2] } }, U)); await U.build({ n: 'x' }).validate().catch((e) => console.log(e.message)); await db.authenticate().catch((e) => console.log(e.name));
