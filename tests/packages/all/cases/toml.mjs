import toml from 'toml';
console.log(toml.parse('a = 1\n[s]\nb = ["x", "y"]\nd = 1979-05-27T07:32:00Z\n[[t]]\nn = 1\n[[t]]\nn = 2.5'));
try { toml.parse('a ='); } catch (e) { console.log(e.message, e.line, e.column); }
