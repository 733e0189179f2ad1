"""Whether an error says that there is no room left: on a disk of ours, or on the database's.

Reading goes on then, and whoever writes is told so in words instead of being shown a fault of the program.
"""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError

NO_ROOM = (
    "There is no room left on the server, so nothing can be saved. Whoever runs it has to make room first."
)
RETRY_SECONDS = 120

_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SQLITE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        # What the log's shared memory and its files say when the file system has no block left.
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_FSYNC,
    }
)
_POSTGRESQL = "53100"
"""disk_full, of the errors that PostgreSQL's manual lists."""


def is_no_room(error: BaseException | None) -> bool:
    """Whether this error, or what it came from, says that a disk is full."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in _ERRNOS:
            return True
        if isinstance(error, DBAPIError) and _of_driver(error.orig):
            return True
        error = error.__cause__ or error.__context__
    return False


def _of_driver(error: BaseException | None) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code in _SQLITE or getattr(error, "sqlstate", None) == _POSTGRESQL
