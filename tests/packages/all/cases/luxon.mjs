import { DateTime, Interval, Duration } from 'luxon';
console.log(DateTime.fromISO('2024-03-31T01:30', { zone: 'Europe/Berlin' }).plus({ hours: 1 }).toISO(), DateTime.fromMillis(0, { zone: 'utc', locale: 'fr' }).toLocaleString(DateTime.DATE_FULL), Duration.fromObject({ hours: 25 }).shiftTo('days', 'hours').toHuman(), DateTime.fromISO('x').invalidReason, DateTime.fromMillis(0, { zone: 'utc' }));
