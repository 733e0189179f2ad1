"""Stored uploads and the text that was read from them. The bytes lie in the store, by their hash."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cop.files.kinds import Kind
from cop.files.names import NAME_LENGTH
from cop.files.outcome import NEVER_READ
from cop.kernel.clock import UtcDateTime
from cop.kernel.db import Base

HASH_LENGTH = 64
MEDIA_TYPE_LENGTH = 100
KINDS_SQL = "kind IN ({})".format(", ".join(f"'{kind.value}'" for kind in Kind))
STATUSES_SQL = "status IN ('pending', 'searchable', 'not_searchable')"


class StoredFileRow(Base):
    """One upload. Two uploads of the same bytes are two rows with one hash: each has its own name and owner."""

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint(KINDS_SQL, name="kind"),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint(f"length(sha256) = {HASH_LENGTH}", name="sha256_length"),
        CheckConstraint(f"length(filename) BETWEEN 1 AND {NAME_LENGTH}", name="filename_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(HASH_LENGTH), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(20))
    media_type: Mapped[str] = mapped_column(String(MEDIA_TYPE_LENGTH))
    filename: Mapped[str] = mapped_column(String(NAME_LENGTH))
    uploaded_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FileTextRow(Base):
    """What reading the file brought: pending until the worker has read it. `findings` is a `HiddenContent`.

    `scanned`: there is no text because the pages are pictures.
    """

    __tablename__ = "file_text"
    __table_args__ = (CheckConstraint(STATUSES_SQL, name="status"),)

    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="CASCADE"), primary_key=True)
    status: Mapped[str] = mapped_column(String(20), default="pending")
    reason: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, default="")
    title: Mapped[str | None] = mapped_column(Text)
    pages: Mapped[int | None]
    scanned: Mapped[bool] = mapped_column(default=False)
    findings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    extractor_version: Mapped[int] = mapped_column(default=NEVER_READ)
    extracted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PictureRow(Base):
    """A picture that was drawn anew and may be shown; its file is the new one by then. Sizes in pixels."""

    __tablename__ = "picture"
    __table_args__ = (CheckConstraint("width > 0 AND height > 0", name="size"),)

    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="CASCADE"), primary_key=True)
    width: Mapped[int]
    height: Mapped[int]
