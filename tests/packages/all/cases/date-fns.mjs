import { format, addMonths, parseISO, formatDistance, differenceInCalendarDays } from 'date-fns';
import { de } from 'date-fns/locale';
console.log(format(new Date(2024, 1, 29), 'PPPP', { locale: de }), addMonths(parseISO('2024-01-31'), 1).getDate(), formatDistance(0, 86400000 * 40), differenceInCalendarDays(new Date(2024, 2, 1), new Date(2024, 1, 1)));
