import mongoose from 'mongoose';
const M = mongoose.model('M', new mongoose.Schema({ n: { type: Number, min: 1 }, tags: [String], at: { type: Date, default: () => new Date(0) } }));
const m = new M({ n: '5', tags: [1] }); console.log(m.n, m.tags.toObject(), m.at, new M({ n: 0 }).validateSync().message);
