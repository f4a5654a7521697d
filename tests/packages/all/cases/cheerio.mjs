import * as cheerio from 'cheerio';
const $ = cheerio.load('<ul><li class="a">1<li>2</ul>');
$('li').each((i, e) => { $(e).attr('n', i); });
console.log($.html(), $('li.a').next().text(), $('li:nth-child(2)').toArray().length);
