"""The two letters to an address that was left for a document: one to prove it, one when there is something to tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from itsdangerous import BadSignature, URLSafeSerializer

from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from cop.kernel.events import subscribe
from cop.kernel.outbox import Consumer, Delivery
from cop.library import hearing
from cop.library.events import AssetPublished, AssetWithdrawn
from cop.library.hearing import Waiting
from cop.mail.letter import Letter
from cop.mail.post import Draft, Post, Purpose
from cop.notifications.kinds import KINDS, Kind

CONSUMER = "library_news"
SALT = "stop telling this address"


def stop_token(secret: str, found: Waiting) -> str:
    """The token by which a mail's reader takes their address off: it works for ever, and does nothing else."""
    return str(URLSafeSerializer(secret, salt=SALT).dumps([found.id, found.key]))


def address_of_token(secret: str, token: str) -> tuple[int, str] | None:
    """Which address it is about, and its key; None for a token that is not ours."""
    try:
        found = URLSafeSerializer(secret, salt=SALT).loads(token)
    except BadSignature:
        return None
    match found:
        case [int(number), str(key)]:
            return number, key
    return None


def register(post: Post, secret: str) -> None:
    """Add the letters, the kind of notice, and subscribe to what is told. Every process needs it."""
    post.add(Purpose(hearing.PROVE, _prove(secret), hearing.PROVE_WITHIN))
    post.add(Purpose(hearing.TELL, _tell(secret), settled=hearing.told))
    KINDS.provide(Kind(hearing.KIND, hearing.describe, "you follow this document", at_once=True))
    subscribe(AssetPublished, CONSUMER)
    subscribe(AssetWithdrawn, CONSUMER)


def consumer() -> Consumer:
    """What the worker has to drain: who hears of a document that was superseded or withdrawn."""
    return Consumer(CONSUMER, _handle)


def _handle(db: Database, deliveries: Sequence[Delivery]) -> None:
    for asset_id in dict.fromkeys(int(delivery.payload["asset_id"]) for delivery in deliveries):
        more = True
        while more:
            with db.transaction(write=True) as tx:
                more = hearing.tell_some(SYSTEM, tx=tx, asset_id=asset_id)


def forget_unproved(db: Database) -> None:
    """A chore of the worker: addresses that nobody proved. Asked by a reader first."""
    with db.transaction(write=False) as tx:
        if not hearing.some_unproved(SYSTEM, tx=tx):
            return
    with db.transaction(write=True) as tx:
        hearing.forget_unproved(SYSTEM, tx=tx)


def _prove(secret: str) -> Callable[[Draft], Letter | None]:
    def write(draft: Draft) -> Letter | None:
        found = hearing.waiting(SYSTEM, tx=draft.tx, address_id=draft.subject_id)
        if found is None or found.withdrawn:
            return None
        if found.proved:
            return Letter(
                to=found.email,
                subject="You will be told of a newer version",
                paragraphs=[
                    "Hello,",
                    f"your address is on the list for “{found.title}” already. There is nothing to do.",
                ],
                button=("Look at the document", draft.address(f"/library/{found.asset_id}")),
                why="You get this email because somebody, most likely you, typed this address on our site.",
                unsubscribe=draft.address(f"/library/untell/{stop_token(secret, found)}"),
            )
        return Letter(
            to=found.email,
            subject="Confirm your email address",
            paragraphs=[
                "Hello,",
                (
                    f"you asked to be told when “{found.title}” is replaced by a newer version, or withdrawn. "
                    "Confirm that this address is yours; the link works for three days."
                ),
            ],
            button=("Confirm your address", draft.address(f"/library/tell/{draft.mint()}")),
            after=["If you did not ask for it, do nothing: your address is then deleted after three days."],
            why="You get this email because somebody, most likely you, typed this address on our site.",
            unsubscribe=draft.address(f"/library/untell/{stop_token(secret, found)}"),
        )

    return write


def _tell(secret: str) -> Callable[[Draft], Letter | None]:
    def write(draft: Draft) -> Letter | None:
        found = hearing.waiting(SYSTEM, tx=draft.tx, address_id=draft.subject_id)
        if found is None or not found.proved:
            return None
        if found.withdrawn:
            subject = f"Withdrawn: {found.title}"
            said = [
                f"“{found.title}” was withdrawn. Do not use it any more.",
                f"The reason given: {found.reason}",
            ]
        else:
            subject = f"A newer version: {found.title}"
            said = [f"Version {found.version} of “{found.title}” has replaced the one before it."]
        return Letter(
            to=found.email,
            subject=subject,
            paragraphs=["Hello,", *said],
            button=("Look at the document", draft.address(f"/library/{found.asset_id}")),
            after=["This was the one email you asked for. We have deleted your address."],
            why="You get this email because you asked to be told, once, when this document changes.",
            unsubscribe=draft.address(f"/library/untell/{stop_token(secret, found)}"),
        )

    return write
