"""How build/jsd was compiled and linked: what makes a memory error harder to use is there."""
import re
import subprocess

from harness import JSD, check, finish, test


def readelf(*options):
    return subprocess.run(['readelf', '-W', *options, JSD], capture_output=True, text=True, check=True).stdout


@test
def hardening():
    header, segments, dynamic = readelf('-h'), readelf('-l'), readelf('-d')
    check('position independent', re.search(r'Type:\s+DYN', header) and 'PIE' in dynamic, header)
    check('read-only after relocation, all of it', 'GNU_RELRO' in segments and re.search(r'FLAGS.*\bNOW\b|BIND_NOW', dynamic), dynamic)
    check('no executable stack', re.search(r'GNU_STACK\s.*\sRW\s', segments), segments)
    check('nothing writable and executable', not re.search(r'LOAD\s.*\sRWE\s', segments), segments)
    imports = {m[1]: m for m in re.finditer(r'UND (\w+)', readelf('--dyn-syms'))}
    check('stack protector', '__stack_chk_fail' in imports)
    fortified = sorted(name for name in imports if re.fullmatch(r'__\w+_chk', name))
    check('fortified calls of the C library', len(fortified) >= 5, fortified)


@test
def control_flow():
    """Functions begin with endbr64, so that an indirect call can only go to a beginning."""
    symbols = readelf('-s')
    section = re.search(r'\] \.text\s+PROGBITS\s+(\w+) (\w+)', readelf('-S'))
    start, offset = int(section[1], 16), int(section[2], 16)
    wrong = []
    with open(JSD, 'rb') as file:
        for name in ('main', 'cli_main', 'master_run', 'http_server_create', 'runtime_create'):
            address = int(re.search(rf'(\w{{16}})\s+\d+ FUNC\s+\w+\s+\w+\s+\d+ {name}\n', symbols)[1], 16)
            file.seek(address - start + offset)
            if file.read(4) != b'\xf3\x0f\x1e\xfa':
                wrong.append(name)
    check('indirect branch tracking', not wrong, wrong)


finish()
