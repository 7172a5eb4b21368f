"""Where this Python keeps what a program may import or open after it was started."""

from __future__ import annotations

import site
import sys
import sysconfig
from pathlib import Path

# Shared libraries, time zones, certificates, and the names under which they are looked for. No /etc/passwd and
# no private keys: programs that are graded need neither.
_SYSTEM = """
/lib /lib64 /usr/lib /usr/lib64 /usr/local/lib /usr/share/zoneinfo /usr/share/ca-certificates /etc/ld.so.cache
/etc/localtime /etc/mime.types /etc/os-release /etc/pki/ca-trust /etc/pki/tls/certs /etc/ssl/certs
/etc/ssl/openssl.cnf
"""


def python_trees() -> tuple[Path, ...]:
    """Return the existing folders and files that Python and the packages of this environment need, for a Policy.

    From `sys.path` only the folders of packages: an editable install puts a whole project there.
    """
    wanted = [*_SYSTEM.split(), sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]
    wanted += [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    if site.ENABLE_USER_SITE:
        wanted.append(site.getusersitepackages())
    return tuple(dict.fromkeys(path for path in map(Path, wanted) if path.exists()))
