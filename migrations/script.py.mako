"""${message}"""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Take it back, keeping what the older tables can hold."""
    ${downgrades if downgrades else "pass"}
