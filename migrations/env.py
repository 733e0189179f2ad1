"""Runs migrations on a connection handed over by the caller; each revision in a transaction of its own."""

from alembic import context

from cop.kernel.clock import UtcDateTime
from cop.kernel.db import Base


def render_item(kind, item, autogen_context):
    """Write our own column type the way the migrations import it."""
    return "UtcDateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=True,
    # Alembic believes SQLite cannot; it can, where the driver leaves transactions to us (cop/migrate.py).
    transactional_ddl=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
