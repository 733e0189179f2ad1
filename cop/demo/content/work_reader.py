"""Reads what the teams of the demonstration do with their days from work.toml."""

from cop.demo.content.records import Decision, Extension, Item, Milestone, Report, Stance, Step, Work
from cop.demo.content.tables import Table
from cop.teams.limits import ITEM_STATES, STANCES, STATES


def read_work(table: Table) -> Work:
    """All of it, with every day worked out from today."""
    return Work(
        milestones=tuple(_milestone(each) for each in table.tables("milestones")),
        items=tuple(_item(each) for each in table.tables("items")),
        decisions=tuple(_decision(each) for each in table.tables("decisions")),
        extensions=tuple(_extension(each) for each in table.tables("extensions")),
        steps=tuple(_step(each) for each in table.tables("steps")),
        stances=tuple(_stance(each) for each in table.tables("stances")),
        reports=tuple(_report(each) for each in table.tables("reports")),
    )


def _milestone(table: Table) -> Milestone:
    record = Milestone(
        team=table.text("team"),
        title=table.text("title"),
        due=table.day("due"),
        done=table.optional_moment("done"),
    )
    table.done()
    return record


def _item(table: Table) -> Item:
    state = table.optional_text("state") or "open"
    record = Item(
        team=table.text("team"),
        title=table.text("title"),
        owner=table.optional_text("owner"),
        due=table.optional_day("due"),
        state=ITEM_STATES[ITEM_STATES.index(state)],
        settled=table.optional_moment("settled"),
        to=table.optional_text("to") or "",
        note=table.optional_text("note") or "",
    )
    table.done()
    return record


def _decision(table: Table) -> Decision:
    record = Decision(
        team=table.text("team"), text=table.text("text"), when=table.day("when"), who=table.text("who")
    )
    table.done()
    return record


def _extension(table: Table) -> Extension:
    record = Extension(
        team=table.text("team"),
        before=table.day("before"),
        after=table.day("after"),
        reason=table.text("reason"),
        who=table.text("who"),
        when=table.moment("when"),
    )
    table.done()
    return record


def _step(table: Table) -> Step:
    record = Step(team=table.text("team"), state=table.one_of("state", STATES), when=table.moment("when"))
    table.done()
    return record


def _stance(table: Table) -> Stance:
    record = Stance(
        team=table.text("team"), person=table.text("person"), stance=table.one_of("stance", STANCES)
    )
    table.done()
    return record


def _report(table: Table) -> Report:
    record = Report(
        team=table.text("team"),
        person=table.text("person"),
        when=table.moment("when"),
        body=table.text("body"),
    )
    table.done()
    return record
