"""Assets, their versions, and how often each version was downloaded on each day.

An asset carries a copy of what its current version says about itself, so that lists read one table.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cop.accounts.limits import EMAIL_MAX
from cop.kernel.clock import UtcDateTime
from cop.kernel.constraints import means
from cop.kernel.db import Base
from cop.kernel.errors import Conflict
from cop.kernel.ids import KEY_MAX
from cop.library.limits import CATEGORY_MAX, NOTE_MAX, REASON_MAX, SUMMARY_MAX, TITLE_MAX
from cop.library.vocabulary import AUDIENCES, KINDS, LICENCES, REGIMES, STATES, VERSION_STATES


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class AssetRow(Base):
    """A knowledge asset. `version` is the number of the current version; `revision` counts changes of details.

    An asset of a team stays the team's; one without a team belongs to whoever owns it. `organisation_id`: for whom its
    publisher acted when it was first published; it stays, whoever owns it later (ADR 22). `upload_key` makes the same
    form sent twice one asset. `review_told_for` and `overdue_told_for`: of which review date somebody was told that it
    comes near, and that it has passed.
    """

    __tablename__ = "asset"
    __table_args__ = (
        CheckConstraint(f"length(title) BETWEEN 1 AND {TITLE_MAX}", name="title_length"),
        CheckConstraint(f"length(summary) BETWEEN 1 AND {SUMMARY_MAX}", name="summary_length"),
        CheckConstraint(f"length(withdrawn_reason) <= {REASON_MAX}", name="withdrawn_reason_length"),
        CheckConstraint(_one_of("kind", tuple(KINDS)), name="kind"),
        CheckConstraint(_one_of("regime", tuple(REGIMES)), name="regime"),
        CheckConstraint(_one_of("licence", tuple(LICENCES)), name="licence"),
        CheckConstraint(_one_of("audience", tuple(AUDIENCES)), name="audience"),
        CheckConstraint(_one_of("status", STATES), name="status"),
        CheckConstraint("audience <> 'team' OR team_id IS NOT NULL", name="team_audience"),
        CheckConstraint("status = 'draft' OR published_at IS NOT NULL", name="published_at"),
        UniqueConstraint("created_by", "upload_key", name="uq_asset_upload_key"),
        Index("ix_asset_status_published_at_id", "status", "published_at", "id"),
        # All that counting by facets reads stands in one index; without it 20,000 rows are fetched for a page.
        Index("ix_asset_facets", "status", "audience", "kind", "category", "regime"),
        Index("ix_asset_team_id_status", "team_id", "status"),
        Index("ix_asset_status_review_date", "status", "review_date"),
        Index("ix_asset_organisation_id_status_published_at", "organisation_id", "status", "published_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    summary: Mapped[str] = mapped_column(String(SUMMARY_MAX))
    kind: Mapped[str] = mapped_column(String(30))
    category: Mapped[str] = mapped_column(String(CATEGORY_MAX))
    regime: Mapped[str | None] = mapped_column(String(40))
    licence: Mapped[str | None] = mapped_column(String(20))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    review_date: Mapped[date | None]
    audience: Mapped[str] = mapped_column(String(10))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    status: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]
    revision: Mapped[int]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(String(REASON_MAX))
    upload_key: Mapped[str | None] = mapped_column(String(KEY_MAX))
    review_told_for: Mapped[date | None]
    overdue_told_for: Mapped[date | None]

    # No columns: the role of whoever asks on the asset's team, and whether it was left behind to them (its owner is
    # gone), set when the row is loaded for them. The types stand in comments, because SQLAlchemy takes every annotation
    # for a column, and forgets its own kind of attribute for such facts (query_expression) at each flush.
    team_role = None  # type: str | None
    left_behind = False  # type: bool


class AssetVersionRow(Base):
    """One version of an asset: the file that carries it, and what was said about it.

    `note` says what changed. `audience` is who was meant to read this version when it was last confirmed: an asset that
    is shown to more people later does not take its former versions along. `checked_…`: who confirmed what hides in
    the file. `revision` counts changes of a draft.
    """

    __tablename__ = "asset_version"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint(f"length(note) <= {NOTE_MAX}", name="note_length"),
        CheckConstraint("number = 1 OR length(note) > 0", name="note_said"),
        CheckConstraint(f"length(title) BETWEEN 1 AND {TITLE_MAX}", name="title_length"),
        CheckConstraint(f"length(summary) BETWEEN 1 AND {SUMMARY_MAX}", name="summary_length"),
        CheckConstraint(f"length(withdrawn_reason) <= {REASON_MAX}", name="withdrawn_reason_length"),
        CheckConstraint(_one_of("regime", tuple(REGIMES)), name="regime"),
        CheckConstraint(_one_of("licence", tuple(LICENCES)), name="licence"),
        CheckConstraint(_one_of("audience", tuple(AUDIENCES)), name="audience"),
        CheckConstraint(_one_of("status", VERSION_STATES), name="status"),
        CheckConstraint("status = 'draft' OR published_at IS NOT NULL", name="published_at"),
        UniqueConstraint("asset_id", "number", name="uq_asset_version_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"))
    number: Mapped[int]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), index=True)
    status: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(NOTE_MAX))
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    summary: Mapped[str] = mapped_column(String(SUMMARY_MAX))
    regime: Mapped[str | None] = mapped_column(String(40))
    licence: Mapped[str | None] = mapped_column(String(20))
    review_date: Mapped[date | None]
    audience: Mapped[str] = mapped_column(String(10))
    revision: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    superseded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(String(REASON_MAX), default="")
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # No column: the asset it belongs to, set when the row is loaded for somebody. As above, the type is a comment.
    asset = None  # type: AssetRow | None


class ReviewRow(Base):
    """That somebody looked at a version again and found it still right, until when, and what they noted."""

    __tablename__ = "asset_review"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint(f"length(note) <= {NOTE_MAX}", name="note_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    version: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(String(NOTE_MAX))
    next_review: Mapped[date]


class AssetDownloadRow(Base):
    """How often a version was downloaded on one day (UTC). Nobody's name or address is kept."""

    __tablename__ = "asset_download"
    __table_args__ = (CheckConstraint("count > 0", name="count"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("asset_version.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]


class ComparisonRow(Base):
    """What differs between two versions, the older first, as numbers of characters: no word of them is kept here.

    `digest` says of which two texts it was made.
    """

    __tablename__ = "asset_comparison"
    __table_args__ = (
        UniqueConstraint("old_version_id", "new_version_id", name="uq_asset_comparison_versions"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    old_version_id: Mapped[int] = mapped_column(ForeignKey("asset_version.id"))
    new_version_id: Mapped[int] = mapped_column(ForeignKey("asset_version.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    steps: Mapped[str] = mapped_column(Text)
    kept: Mapped[int]
    removed: Mapped[int]
    added: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FollowerRow(Base):
    """Somebody signed in who wants to hear of a document. `told_up_to`: the version they have heard of."""

    __tablename__ = "asset_follower"

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    told_up_to: Mapped[int]


class AddressToTellRow(Base):
    """An address left without an account, to be told once of one document, and deleted then.

    `key` stands in the link that takes it off the list, because numbers of deleted rows are given again. `mail_id` is
    the mail that tells it, once there is one.
    """

    __tablename__ = "address_to_tell"
    __table_args__ = (UniqueConstraint("asset_id", "email", name="uq_address_to_tell_asset_id_email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"))
    email: Mapped[str] = mapped_column(String(EMAIL_MAX))
    key: Mapped[str] = mapped_column(String(KEY_MAX))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_up_to: Mapped[int]
    mail_id: Mapped[int | None]


means(
    "uq_address_to_tell_asset_id_email", Conflict("This address was left a moment ago. Look at your email.")
)
means(
    "uq_asset_version_number",
    Conflict("Somebody else began the next version at the same moment. Reload the page to see it."),
)
means("uq_asset_upload_key", Conflict("This document was added a moment ago. Look for it in the library."))
