import { XMLParser, XMLBuilder, XMLValidator } from 'fast-xml-parser';
const o = new XMLParser({ ignoreAttributes: false }).parse('<a x="1"><b>2</b><b>t &amp; u</b><![CDATA[raw]]></a>');
console.log(o, new XMLBuilder({ ignoreAttributes: false, format: true }).build(o), XMLValidator.validate('<a><b></a>'));
