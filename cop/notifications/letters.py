"""The two letters of notifications: the day's digest, and one notice by itself. Neither carries restricted text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from cop.accounts import queries as accounts
from cop.accounts.sessions import actor_of
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.errors import NotFound
from cop.mail.letter import Letter, Line, Section
from cop.mail.post import Draft, Post, Purpose
from cop.notifications import queries, service
from cop.notifications.kinds import KINDS
from cop.notifications.queries import Notice
from cop.web.dates import in_london, on_date

SALT, SALT_ONE = "stop these emails", "stop one thing"
SOON = timedelta(days=7)
WHY_DIGEST = "You get this email once a day at most, when there is something new for you."


def stop_token(secret: str, person_id: int) -> str:
    """The token by which an email's reader stops such mail: it works for ever, and does nothing else."""
    return str(URLSafeSerializer(secret, salt=SALT).dumps(person_id))


def person_of_token(secret: str, token: str) -> int | None:
    """Whose token it is; None for one that is not ours."""
    try:
        found = URLSafeSerializer(secret, salt=SALT).loads(token)
    except BadSignature:
        return None
    return found if isinstance(found, int) else None


def stop_one_token(secret: str, person_id: int, name: str, subject_id: int) -> str:
    """The token by which an email's reader stops hearing of one thing, such as a thread."""
    return str(URLSafeSerializer(secret, salt=SALT_ONE).dumps([person_id, name, subject_id]))


def thing_of_token(secret: str, token: str) -> tuple[int, str, int] | None:
    """Whose token it is and what it stops; None for one that is not ours."""
    try:
        found = URLSafeSerializer(secret, salt=SALT_ONE).loads(token)
    except BadSignature:
        return None
    return (found[0], found[1], found[2]) if isinstance(found, list) and len(found) == 3 else None


def register(post: Post, secret: str) -> None:
    """Add both letters to what can be sent."""
    post.add(Purpose(service.DIGEST, _digest(secret)))
    post.add(Purpose(service.AT_ONCE, _notice(secret)))


def _reader(draft: Draft, person_id: int) -> tuple[Actor, str] | None:
    """The person as they are now, and their address; None when they may not sign in any more."""
    actor = actor_of(draft.tx, person_id)
    if not actor.signed_in:
        return None
    address = accounts.address_of(SYSTEM, tx=draft.tx, person_id=person_id)
    return (actor, address) if address else None


def _digest(secret: str) -> Callable[[Draft], Letter | None]:
    def write(draft: Draft) -> Letter | None:
        person_id = service.person_of_digest(SYSTEM, tx=draft.tx, digest_id=draft.subject_id)
        reader = _reader(draft, person_id)
        if reader is None:
            return None
        actor, address = reader
        notices = queries.of_digest(actor, tx=draft.tx, digest_id=draft.subject_id)
        notices = [each for each in notices if not each.what.past]
        if not notices:
            return None
        needs = [each for each in notices if each.what.needs]
        rest = [each for each in notices if not each.what.needs]
        return Letter(
            to=address,
            subject=_subject(len(needs), len(rest)),
            paragraphs=[f"Hello {actor.name}, this is what is new for you."],
            sections=[
                Section(heading, _lines(draft, secret, person_id, some))
                for heading, some in (*_by_when(needs, in_london(draft.now)), ("New", rest))
                if some
            ],
            button=("Open your inbox", draft.address("/inbox")),
            why=WHY_DIGEST,
            unsubscribe=draft.address(f"/stop/{stop_token(secret, person_id)}"),
            settings=draft.address("/profile/notifications"),
        )

    return write


def _subject(needs: int, rest: int) -> str:
    if needs:
        return f"{needs} {'thing needs' if needs == 1 else 'things need'} you"
    return f"{rest} {'thing is' if rest == 1 else 'things are'} new"


def _by_when(needs: Sequence[Notice], today: date) -> list[tuple[str, list[Notice]]]:
    """What needs the reader, in the order in which it does, under headings that say when."""
    ordered = sorted(needs, key=lambda each: (each.what.due or date.max, each.id))
    headings: dict[str, list[Notice]] = {}
    for each in ordered:
        due = each.what.due
        if due is None:
            heading = "Needs you"
        elif due <= today:
            heading = "Needs you now"
        else:
            heading = "Needs you this week" if due < today + SOON else "Needs you later"
        headings.setdefault(heading, []).append(each)
    return list(headings.items())


def _stop(draft: Draft, secret: str, person_id: int, notice: Notice) -> tuple[str, str] | None:
    if notice.what.stops is None:
        return None
    name, subject_id = notice.what.stops
    token = stop_one_token(secret, person_id, name, subject_id)
    return KINDS.stops[name].label, draft.address(f"/stop/one/{token}")


def _lines(draft: Draft, secret: str, person_id: int, notices: Sequence[Notice]) -> list[Line]:
    return [
        Line(
            each.what.outside,
            draft.address(each.what.href),
            f"By {on_date(each.what.due, draft.now)}" if each.what.due else "",
            _stop(draft, secret, person_id, each),
        )
        for each in notices
    ]


def _notice(secret: str) -> Callable[[Draft], Letter | None]:
    def write(draft: Draft) -> Letter | None:
        try:
            person_id = service.person_of_notice(SYSTEM, tx=draft.tx, notice_id=draft.subject_id)
        except NotFound:
            return None
        reader = _reader(draft, person_id)
        wanted = queries.preferences(SYSTEM, tx=draft.tx, person_id=person_id)
        if reader is None or not wanted.at_once:
            return None
        actor, address = reader
        notice = queries.one(actor, tx=draft.tx, notice_id=draft.subject_id)
        kind = KINDS.get(notice.kind) if notice else None
        if notice is None or kind is None or notice.what.past:
            return None
        return Letter(
            to=address,
            subject=notice.what.outside,
            paragraphs=[f"Hello {actor.name},", f"{notice.what.outside}."],
            button=("Read it", draft.address(notice.what.href)),
            why=f"You get this email because {kind.why}, and you chose to be told at once.",
            unsubscribe=draft.address(f"/stop/{stop_token(secret, person_id)}"),
            settings=draft.address("/profile/notifications"),
            stop=_stop(draft, secret, person_id, notice),
        )

    return write
