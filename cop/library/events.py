"""What happens to assets."""

from __future__ import annotations

from dataclasses import dataclass

from cop.kernel.events import Event


@dataclass(frozen=True, slots=True)
class AssetDrafted(Event):
    """Somebody uploaded a document as a new asset; only its people see it until it is published."""

    asset_id: int
    team_id: int | None
    file_id: int


@dataclass(frozen=True, slots=True)
class AssetDetailsChanged(Event):
    """Title, summary, licence, owner or another detail is different; `audience` is who may read it now."""

    asset_id: int
    audience: str


@dataclass(frozen=True, slots=True)
class AssetFileReplaced(Event):
    """A draft carries another document; whoever had checked the former one has to check again."""

    asset_id: int
    file_id: int


@dataclass(frozen=True, slots=True)
class AssetChecked(Event):
    """Somebody confirmed that what hides in this file may be seen by everybody who may download it."""

    asset_id: int
    file_id: int


@dataclass(frozen=True, slots=True)
class AssetPublished(Event):
    """A version can be found and downloaded by its audience from now on, and is the current one."""

    asset_id: int
    version: int
    audience: str


@dataclass(frozen=True, slots=True)
class AssetWithdrawn(Event):
    """The asset should not be used any more: it can no longer be found or downloaded, its page says so."""

    asset_id: int


@dataclass(frozen=True, slots=True)
class VersionDrafted(Event):
    """Somebody began the next version; the published one stays as it is until that is published."""

    asset_id: int
    version: int
    file_id: int


@dataclass(frozen=True, slots=True)
class VersionChanged(Event):
    """What a draft of the next version says about itself is different."""

    asset_id: int
    version: int


@dataclass(frozen=True, slots=True)
class VersionDiscarded(Event):
    """The draft of the next version was thrown away with its document."""

    asset_id: int
    version: int


@dataclass(frozen=True, slots=True)
class VersionSuperseded(Event):
    """A newer version took its place. It stays at its address, and says so."""

    asset_id: int
    version: int


@dataclass(frozen=True, slots=True)
class VersionWithdrawn(Event):
    """A former version should not be used any more: nobody can download it, its page says why."""

    asset_id: int
    version: int


@dataclass(frozen=True, slots=True)
class VersionsCompared(Event):
    """The texts of two versions were compared, so that the page can show what changed."""

    asset_id: int
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class AssetReviewed(Event):
    """Somebody looked at the current version again and found it still right; `until` is the next review date."""

    asset_id: int
    version: int
    until: str


@dataclass(frozen=True, slots=True)
class ReviewNear(Event):
    """Whoever answers for a document was told that its review date comes near."""

    asset_id: int
    review_date: str


@dataclass(frozen=True, slots=True)
class ReviewOverdue(Event):
    """Whoever answers for a document was told that its review date has passed."""

    asset_id: int
    review_date: str


@dataclass(frozen=True, slots=True)
class AssetFollowed(Event):
    """Somebody wants to hear of a document, or no longer."""

    asset_id: int
    follows: bool


@dataclass(frozen=True, slots=True)
class AddressLeft(Event):
    """Somebody without an account left an address to be told of a document; whose it is nobody knows yet."""

    asset_id: int
    address_id: int


@dataclass(frozen=True, slots=True)
class AddressProved(Event):
    """Whoever reads the mails of that address wants to be told."""

    asset_id: int
    address_id: int


@dataclass(frozen=True, slots=True)
class AddressForgotten(Event):
    """An address was deleted: it was told, or taken off the list."""

    asset_id: int
    address_id: int
