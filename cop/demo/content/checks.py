"""What must be true of the demonstration's content beyond its types: references lead somewhere, time runs forwards.

Each function returns sentences, one per problem, empty when all is well; `problems` puts them together.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from cop.accounts.functions import FUNCTIONS
from cop.demo.content.records import Asset, Community, Post, Team, Thread

ACTIVE_NEEDS_FUNCTIONS = (
    4  # PRODUCT: a team is active with a lead, a facilitator and at least four functions.
)
LARGEST_FILE = 120_000  # bytes: the demonstration must stay quick to copy and to extract.
PHRASES_PER_ASSET = 3


def problems(community: Community, today: date) -> list[str]:
    """Every problem found in `community`, as sentences."""
    midnight = datetime.combine(today, time(0), tzinfo=UTC)
    return [
        *_repeated(community),
        *_people(community),
        *(line for team in community.teams for line in _team(team, community)),
        *(line for thread in community.threads for line in _thread(thread, community, midnight)),
        *(line for asset in community.assets for line in _asset(asset, community, midnight)),
        *_work(community, midnight),
    ]


def _repeated(community: Community) -> Iterable[str]:
    keys = {
        "organisation": [item.key for item in community.organisations],
        "person": [item.key for item in community.people],
        "email address": [item.email for item in community.people],
        "team": [item.key for item in community.teams],
        "thread title": [f"{item.team}: {item.title}" for item in community.threads],
        "asset": [item.key for item in community.assets],
        "file": [item.file for item in community.assets],
    }
    for kind, values in keys.items():
        for value, times in Counter(values).items():
            if times > 1:
                yield f"the {kind} {value} is there {times} times"


def _people(community: Community) -> Iterable[str]:
    organisations = {item.key: item for item in community.organisations}
    for organisation in community.organisations:
        if (organisation.gss is not None) != (organisation.kind == "council"):
            yield f"{organisation.key}: a council has a GSS code, and nobody else has"
    for person in community.people:
        organisation_of = organisations.get(person.organisation)
        if organisation_of is None:
            yield f"{person.key}: there is no organisation {person.organisation}"
        for key in person.also:
            if key not in organisations or key == person.organisation:
                yield f"{person.key}: {key} is not another organisation"
        if organisation_of is not None and not person.email.endswith("@" + organisation_of.domain):
            yield f"{person.key}: the email address is not at {organisation_of.domain}"
        if not person.email.endswith(".example"):
            yield f"{person.key}: the email address could be somebody's; use a domain under .example"


def _team(team: Team, community: Community) -> Iterable[str]:
    people = {person.key for person in community.people}
    for member in team.members:
        if member.person not in people:
            yield f"{team.key}: there is no person {member.person}"
    if len({member.person for member in team.members}) != len(team.members):
        yield f"{team.key}: somebody is a member twice"
    unknown = [name for name in team.functions_wanted if name not in FUNCTIONS]
    if unknown:
        yield f"{team.key}: unknown functions wanted: {', '.join(unknown)}"
    brought = {member.function for member in team.members}
    if not set(team.functions_wanted) - brought:
        yield f"{team.key}: no function is missing, so the page has no gap to show"
    if not brought <= set(team.functions_wanted):
        yield f"{team.key}: members bring functions that the charter does not want"
    roles = {member.role for member in team.members}
    if team.state != "forming":
        if not {"lead", "facilitator"} <= roles:
            yield f"{team.key}: a team that is {team.state} has a lead and a facilitator"
        if len(brought) < ACTIVE_NEEDS_FUNCTIONS:
            yield f"{team.key}: a team that is {team.state} brings at least {ACTIVE_NEEDS_FUNCTIONS} functions"
    if not team.starts < team.ends:
        yield f"{team.key}: the team ends before it starts"
    if not (team.scope_in and team.scope_out):
        yield f"{team.key}: the charter needs something in scope and something out of scope"


def _thread(thread: Thread, community: Community, midnight: datetime) -> Iterable[str]:
    team = next((item for item in community.teams if item.key == thread.team), None)
    if team is None:
        yield f"{thread.key}: there is no team {thread.team}"
        return
    joined = {member.person: member.joined for member in team.members}
    if not thread.posts:
        yield f"{thread.key}: a thread starts with a post"
        return
    times = [post.when for post in thread.posts]
    if times != sorted(set(times)):
        yield f"{thread.key}: posts are not in the order of their times"
    for number, post in enumerate(thread.posts, start=1):
        where = f"{thread.key}, post {number}"
        if post.author not in joined:
            yield f"{where}: {post.author} is not in the team"
        elif post.when < joined[post.author]:
            yield f"{where}: {post.author} had not joined yet"
        yield from (f"{where}: {line}" for line in _life(post, midnight))
    for version in (*thread.summary, *([thread.outcome] if thread.outcome else [])):
        if version.author not in joined:
            yield f"{thread.key}: {version.author} wrote a summary but is not in the team"
        if not thread.posts[0].when < version.when < midnight:
            yield f"{thread.key}: a summary or outcome is before the first post or in the future"


def _life(post: Post, midnight: datetime) -> Iterable[str]:
    moments = [post.when, *(edit.when for edit in post.edits)]
    if post.deleted:
        moments.append(post.deleted.when)
    if moments != sorted(set(moments)):
        yield "edits and deletion are not in order after the post"
    if moments[-1] >= midnight:
        yield "is in the future for somebody who loads the demonstration just after midnight"
    if any(edit.author != post.author for edit in post.edits):
        yield "only its author edits a post"


def _asset(asset: Asset, community: Community, midnight: datetime) -> Iterable[str]:
    if asset.owner not in {person.key for person in community.people}:
        yield f"{asset.key}: there is no person {asset.owner}"
    if asset.publisher is not None and asset.publisher not in {item.key for item in community.organisations}:
        yield f"{asset.key}: there is no organisation {asset.publisher}"
    if asset.team is not None and asset.team not in {team.key for team in community.teams}:
        yield f"{asset.key}: there is no team {asset.team}"
    if asset.audience == "team" and asset.team is None:
        yield f"{asset.key}: for its team only, but it names no team"
    if (asset.published is not None) != (asset.state == "published"):
        yield f"{asset.key}: published assets, and only they, have a day of publication"
    if asset.created >= midnight or (asset.published and not asset.created < asset.published < midnight):
        yield f"{asset.key}: created, then published, then today: the days are not in that order"
    if asset.review <= (asset.published or midnight).date():
        yield f"{asset.key}: the review date had passed when it was published"
    yield from _files(asset)
    yield from _versions(asset, community, midnight)
    wanted = 0 if asset.scanned else PHRASES_PER_ASSET
    if asset.state == "published" and len(asset.phrases) != wanted:
        yield f"{asset.key}: list {wanted} phrases to search for"
    for phrase in asset.phrases:
        if phrase.casefold() in f"{asset.title} {asset.summary}".casefold():
            yield f"{asset.key}: “{phrase}” is in the title or summary, so finding it would show nothing"


def _files(asset: Asset) -> Iterable[str]:
    for version in asset.versions:
        if not version.path.is_file():
            yield f"{asset.key}: the file {version.file} is not there; run python -m cop.demo.build_files"
        elif not 0 < version.path.stat().st_size <= LARGEST_FILE:
            yield f"{asset.key}: the file {version.file} is empty or over {LARGEST_FILE:,} bytes"


def _versions(asset: Asset, community: Community, midnight: datetime) -> Iterable[str]:
    moments = [moment for each in asset.former for moment in (each.created, each.published)]
    if [*moments, asset.created] != sorted({*moments, asset.created}):
        yield f"{asset.key}: its versions are not in order"
    if [bool(each.note) for each in asset.former] != [place > 0 for place in range(len(asset.former))]:
        yield f"{asset.key}: every version but the first says what changed, and only they"
    if (asset.note is not None) != bool(asset.former):
        yield f"{asset.key}: it says what changed since a former version, or has neither"
    for review in asset.reviews:
        if review.by not in {person.key for person in community.people}:
            yield f"{asset.key}: there is no person {review.by}"
        if not (asset.published or midnight) < review.when < midnight:
            yield f"{asset.key}: a review comes after publication, and before today"


def _work(community: Community, midnight: datetime) -> Iterable[str]:
    work = community.work
    members = {team.key: {member.person for member in team.members} for team in community.teams}
    named = [milestone.team for milestone in work.milestones] + [item.team for item in work.items]
    named += [decision.team for decision in work.decisions] + [step.team for step in work.steps]
    named += [extension.team for extension in work.extensions]
    yield from (f"there is no team {team} to do its work" for team in named if team not in members)
    speakers = [(said.team, said.person) for said in work.stances]
    speakers += [(report.team, report.person) for report in work.reports]
    speakers += [(item.team, item.owner) for item in work.items if item.owner]
    for team, person in speakers:
        if person not in members.get(team, set()):
            yield f"{team}: {person} speaks or does something for it and is not on the team"
    board = {person.key for person in community.people if "board" in person.roles}
    for extension in work.extensions:
        if extension.who not in board:
            yield f"{extension.team}: {extension.who} is not on the board, and only the board moves an end date"
    yield from _settled(community, midnight)


def _settled(community: Community, midnight: datetime) -> Iterable[str]:
    closed = {team.key for team in community.teams if team.state == "closed"}
    for item in community.work.items:
        if (item.settled is None) != (item.state == "open") or (item.state == "handed_over") != bool(item.to):
            yield f"{item.team}: “{item.title}” says something else than its state"
        if item.settled is not None and item.settled >= midnight:
            yield f"{item.team}: “{item.title}” is settled in the future"
        if item.team in closed and item.state == "open":
            yield f"{item.team}: it is closed, and “{item.title}” is still open"
    if not closed <= {report.team for report in community.work.reports}:
        yield "a closed team has no closing report"
