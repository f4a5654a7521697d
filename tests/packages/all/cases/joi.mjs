import Joi from 'joi';
const s = Joi.object({ a: Joi.number().integer().required(), b: Joi.date().iso(), c: Joi.string().email(), d: Joi.when('a', { is: 1, then: Joi.required() }) }); console.log(s.validate({ a: '2', b: '2020-01-01' }), s.validate({ a: 1, c: 'x' }, { abortEarly: false }).error.message);
