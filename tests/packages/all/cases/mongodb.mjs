import { MongoClient, BSON, ObjectId } from 'mongodb';
console.log(BSON.deserialize(BSON.serialize({ a: 1, d: new Date(0), o: new ObjectId('0123456789abcdef01234567'), l: BSON.Long.fromNumber(5) })));
await new MongoClient('mongodb://127.0.0.1:1', { serverSelectionTimeoutMS: 100 }).connect().catch((e) => console.log(e.name, e.message));
await new MongoClient('mongodb+srv://none.invalid/x', { serverSelectionTimeoutMS: 500 }).connect().catch((e) => console.log(e.syscall, e.message.split(' ')[0]));
