import moment from 'moment';
console.log(moment.utc('2024-02-29T12:34:56Z').add(1, 'year').format('dddd, MMMM Do YYYY, h:mm:ss a'), moment.duration(90, 'minutes').humanize(), moment.utc(0));
