"""Turns the written community into rows, through the same services that people's own acts go through.

Slow work (hashing, formatting, keeping files) is done first, then one transaction writes everything or nothing. The
services take the moments of teams, threads and documents; `moments` sets the few that they cannot take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cop.accounts import domains, memberships, sessions
from cop.accounts import queries as account_queries
from cop.accounts import service as accounts
from cop.accounts.passwords import DEMO_PASSWORD, hash_password
from cop.accounts.register.reader import english_register
from cop.demo import joining, moments
from cop.demo.content.records import Asset, Community, Edit, Member, Person, Post, Team, Thread
from cop.demo.load_work import load_work, texts_of
from cop.demo.reading import people_have_read
from cop.files import intake
from cop.files.intake import Received
from cop.files.store import Store
from cop.kernel.access import OFFICER_KINDS, SYSTEM
from cop.kernel.db import Database, Tx
from cop.library import reviews, versions
from cop.library import service as library
from cop.library.service import Details, History
from cop.library.versions import Moments, Said
from cop.teams import service as teams
from cop.teams.closing import Typed
from cop.teams.service import Charter, Placed
from cop.threads import endings
from cop.threads import service as discussions
from cop.threads.service import LoadedPost
from cop.threads.texts import Written, written

FILE_LIMIT = 1_000_000
"""Bytes; the content's own checks allow far less."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What takes time, made before the transaction: texts by what was typed, kept files by their names."""

    hashed: str
    texts: Mapping[str, Written]
    files: Mapping[str, Received]
    reports: Mapping[str, Typed]


def load_community(db: Database, store: Store, community: Community) -> None:
    """Write the whole community in one transaction. The consumers of its events must be subscribed before."""
    prepared = _prepare(store, community)
    with db.transaction(write=True) as tx:
        organisations = _organisations(tx, community)
        people = {
            person.key: _person(tx, person, organisations[person.organisation], prepared.hashed)
            for person in community.people
        }
        for person in community.people:
            for key in person.also:
                memberships.give(SYSTEM, tx=tx, email=person.email, organisation_id=organisations[key])
        moments.accounts_are_old(tx, joined=_first_seen(community, people))
        spaces = {team.key: _team(tx, team, people) for team in community.teams}
        texts = _called(prepared.texts, community, people)
        threads = {
            thread.key: _thread(tx, thread, spaces[thread.team], people, texts)
            for thread in community.threads
        }
        people_have_read(tx, community, people=people, teams=spaces, threads=threads)
        load_work(tx, community.work, teams=spaces, people=people, texts=prepared.reports)
        for asset in community.assets:
            _asset(tx, asset, people, spaces, prepared.files, organisations)
        joining.load(tx, people=people, teams_by_key=spaces, threads=threads)


def _prepare(store: Store, community: Community) -> _Prepared:
    bodies = {
        body
        for thread in community.threads
        for post in thread.posts
        for body in (post.body, *(edit.body for edit in post.edits))
    }
    bodies |= {version.body for thread in community.threads for version in thread.summary}
    bodies |= {thread.outcome.body for thread in community.threads if thread.outcome}
    files = {}
    for asset in community.assets:
        for version in asset.versions:
            with version.path.open("rb") as stream:
                files[version.file] = intake.receive(store, stream, filename=version.file, limit=FILE_LIMIT)
    return _Prepared(
        hashed=hash_password(DEMO_PASSWORD, demo=True),
        texts={body: written(body) for body in bodies},
        files=files,
        reports=texts_of(community.work),
    )


def _organisations(tx: Tx, community: Community) -> dict[str, int]:
    """Ids by key: councils from the register by their code, all others newly added. Who buys has a known domain."""
    accounts.load_register(SYSTEM, tx=tx, authorities=english_register().authorities)
    codes = {item.gss for item in community.organisations if item.gss is not None}
    registered = account_queries.organisations_by_gss(SYSTEM, tx=tx, codes=codes)
    found = {
        item.key: registered[item.gss].id
        if item.gss is not None
        else accounts.add_organisation(SYSTEM, tx=tx, kind=item.kind, name=item.name)
        for item in community.organisations
    }
    for item in community.organisations:
        if item.kind in OFFICER_KINDS:
            domains.add(SYSTEM, tx=tx, organisation_id=found[item.key], domain=item.domain)
    return found


def _person(tx: Tx, person: Person, organisation_id: int, hashed: str) -> int:
    person_id = accounts.add_person(
        SYSTEM,
        tx=tx,
        email=person.email,
        name=person.name,
        organisation_id=organisation_id,
        function=person.function,
        job=person.job,
        hashed=hashed,
        published=True,
        roles=person.roles,
    )
    if person.interests is not None:
        actor = sessions.actor_of(tx, person_id)
        for text in person.interests or (None,):
            accounts.declare_interest(actor, tx=tx, text=text)
    return person_id


def _first_seen(community: Community, people: Mapping[str, int]) -> dict[int, moments.Moment]:
    """When each person must have been here already: the day before they joined a team or owned a document."""
    seen = [(member.person, member.joined) for team in community.teams for member in team.members]
    seen += [(asset.owner, version.created) for asset in community.assets for version in asset.versions]
    found: dict[int, moments.Moment] = {}
    for key, moment in seen:
        person_id = people[key]
        found[person_id] = min(moment - moments.A_DAY, found.get(person_id, moment))
    return found


def _team(tx: Tx, team: Team, people: Mapping[str, int]) -> int:
    charter = Charter(
        name=team.name,
        question=team.question,
        start_date=team.starts,
        access_mode=team.access,
        ambition=team.ambition,
        ambition_by=team.ambition_by,
        measure=team.measure,
        baseline=team.baseline,
        scope_in="\n".join(team.scope_in),
        scope_out="\n".join(team.scope_out),
        gap_note=team.gap_note,
        end_date=team.ends,
        functions_wanted=frozenset(team.functions_wanted),
    )
    return teams.load_team(
        SYSTEM,
        tx=tx,
        charter=charter,
        status=team.state,
        people=[_placed(member, people) for member in team.members],
        created_at=min(member.joined for member in team.members),
    )


def _placed(member: Member, people: Mapping[str, int]) -> Placed:
    return Placed(people[member.person], member.role, member.function, member.title, member.joined)


def _thread(
    tx: Tx, thread: Thread, team_id: int, people: Mapping[str, int], texts: Mapping[str, Written]
) -> int:
    posts = [_post(post, people, texts) for post in thread.posts]
    thread_id = discussions.load_thread(SYSTEM, tx=tx, team_id=team_id, title=thread.title, posts=posts)

    def told(edit: Edit) -> tuple[int, datetime, Written]:
        return people[edit.author], edit.when, texts[edit.body]

    endings.load_endings(
        SYSTEM,
        tx=tx,
        thread_id=thread_id,
        summaries=[told(version) for version in thread.summary],
        outcome=told(thread.outcome) if thread.outcome else None,
    )
    return thread_id


def _called(
    texts: Mapping[str, Written], community: Community, people: Mapping[str, int]
) -> dict[str, Written]:
    """The texts, with "@Amira Khan" as a mention: who that is was not known before the people were there."""
    mentions = {
        f"@{person.name}": f"@[{person.name}](person:{people[person.key]})" for person in community.people
    }
    called = {}
    for body, text in texts.items():
        typed = body
        for name, mention in mentions.items():
            typed = typed.replace(name, mention)
        called[body] = text if typed == body else written(typed)
    return called


def _post(post: Post, people: Mapping[str, int], texts: Mapping[str, Written]) -> LoadedPost:
    return LoadedPost(
        author_id=people[post.author],
        at=post.when,
        texts=[(post.when, texts[post.body]), *((edit.when, texts[edit.body]) for edit in post.edits)],
        removed_at=post.deleted.when if post.deleted else None,
        removed_by=people[post.deleted.author] if post.deleted else None,
    )


def _asset(
    tx: Tx,
    asset: Asset,
    people: Mapping[str, int],
    spaces: Mapping[str, int],
    received: Mapping[str, Received],
    organisations: Mapping[str, int],
) -> None:
    first = asset.versions[0]
    publisher = organisations[asset.publisher] if asset.publisher else None
    if publisher is not None:
        moments.acted_before_for(tx, person_id=people[asset.owner], organisation_id=publisher)
    details = Details(
        title=asset.title,
        summary=first.summary,
        kind=asset.kind,
        category=asset.category,
        audience=asset.audience,
        regime=asset.regime,
        licence=asset.licence,
        owner_id=people[asset.owner],
        review_date=asset.review,
    )
    asset_id = library.load_asset(
        SYSTEM,
        tx=tx,
        details=details,
        received=received[first.file],
        team_id=spaces[asset.team] if asset.team else None,
        history=History(asset.state, first.created, first.published, people[asset.owner], publisher),
    )
    for version in asset.versions[1:]:
        said = Said(
            note=version.note or "",
            title=asset.title,
            summary=version.summary,
            regime=asset.regime,
            licence=asset.licence,
            review_date=asset.review,
        )
        at = Moments(version.created, version.published, people[asset.owner])
        file = received[version.file]
        versions.load_version(SYSTEM, tx=tx, asset_id=asset_id, said=said, received=file, moments=at)
    for review in asset.reviews:
        reviews.load_review(
            SYSTEM,
            tx=tx,
            asset_id=asset_id,
            person_id=people[review.by],
            at=review.when,
            note=review.note,
            until=asset.review,
        )
