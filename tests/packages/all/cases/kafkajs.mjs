import { Kafka, logLevel } from 'kafkajs';
const kafka = new Kafka({ clientId: 'c', brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING, retry: { retries: 0 } }); await kafka.producer().connect().catch((e) => console.log(e.name, e.message));
