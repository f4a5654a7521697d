import * as yup from 'yup';
const s = yup.object({ a: yup.number().positive().required(), b: yup.array().of(yup.string().trim()), u: yup.string().url() }); console.log(await s.validate({ a: '5', b: [' x '] })); await s.validate({ a: -1, u: 'q' }, { abortEarly: false }).catch((e) => console.log(e.name, e.errors, e.message));
