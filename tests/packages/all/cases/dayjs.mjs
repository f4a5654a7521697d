import dayjs from 'dayjs';
import utc from 'dayjs/plugin/utc.js';
import timezone from 'dayjs/plugin/timezone.js';
dayjs.extend(utc); dayjs.extend(timezone);
console.log(dayjs.utc('2024-02-29').add(1, 'month').format(), dayjs.tz('2024-07-01 12:00', 'America/New_York').utc().format());
