"""The guarded namespace: what a socket may send, to whom it is open, and how it is answered.

Every event declares its access and the shape of its payload, or the program does not start. Whoever sends one is
looked up in the database again, inside the transaction opened for it, because a socket outlives a sign-out. Every
answer is an acknowledgement: {"ok": true, …} or a nack {"ok": false, "code", "message", "retryable", "retry_after"}.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import socketio
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from socketio.exceptions import ConnectionRefusedError as Refused

from cop.kernel.access import Access, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, DomainError, Forbidden, Gone, Invalid, NotFound, RateLimited
from cop.kernel.room import NO_ROOM, RETRY_SECONDS, is_no_room
from cop.live.config import RATES
from cop.live.engine import NAMESPACE
from cop.live.hub import Connection, Hub

log = logging.getLogger(__name__)

PROTOCOL = 1
OWN_EVENTS = ("join", "leave", "head")
MAX_EVENT_NAME = 40
FLOOD_PAUSE_SECONDS = 0.05
RESERVED = frozenset(
    {"connect", "disconnect", "connect_error", "news", "control", "resync", "nack", "presence"}
)

Handler = Callable[[Actor, Tx, Any], Mapping[str, Any] | None]
Prepare = Callable[[Any], Any]
Reply = Callable[[Mapping[str, Any]], None]


class Nack(Exception):
    """A refusal by the edge itself. Codes are those of docs/live.md; `retry_after` is in whole seconds."""

    def __init__(
        self, code: str, message: str, *, retryable: bool = False, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.retryable, self.retry_after = code, message, retryable, retry_after

    def answer(self) -> dict[str, Any]:
        """The nack as it travels."""
        return {
            "ok": False,
            "code": self.code,
            "message": self.message,
            "retryable": self.retryable,
            "retry_after": self.retry_after,
        }


DOMAIN_CODES: Mapping[type[DomainError], str] = {
    NotFound: "not_found",
    Forbidden: "forbidden",
    Invalid: "invalid",
    Conflict: "conflict",
    Gone: "gone",
    RateLimited: "rate_limited",
}
"""The six domain errors as they travel; HTTP maps the same six to statuses."""

REVOKED = "Your session has ended. Sign in again to go on."


@dataclass(frozen=True, slots=True)
class Declared:
    """One event a client may send."""

    name: str
    access: Access
    schema: type[BaseModel]
    write: bool
    rate: str
    prepare: Prepare | None
    handler: Handler


class Live(socketio.Namespace):  # type: ignore[misc]
    """Events of one part of the program. A domain's `sockets` module makes one, its `register` includes it::

    live = Live()

    @live.on("op", access=SIGNED_IN, schema=Op, write=True, rate="op")
    def op(actor: Actor, tx: Tx, data: Op) -> dict[str, int]: ...
    """

    def __init__(self) -> None:
        super().__init__(NAMESPACE)
        self.declared: dict[str, Declared] = {}

    def on(
        self,
        name: str,
        *,
        access: Access,
        schema: type[BaseModel],
        write: bool = False,
        rate: str = "op",
        prepare: Prepare | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare an event. Fails at import without an access, a schema or a known rate.

        `prepare(data)` runs before the transaction (render, hash) and returns what the handler gets as data.
        """
        if not isinstance(access, Access):
            raise TypeError(f"the event {name!r} must say who may send it: access=…")
        if not (isinstance(schema, type) and issubclass(schema, BaseModel)):
            raise TypeError(f"the event {name!r} must say what it carries: schema=…")
        if rate not in RATES:
            raise ValueError(f"the event {name!r} names no known rate: {rate!r}")

        def declare(handler: Handler) -> Handler:
            self._add(Declared(name, access, schema, write, rate, prepare, handler))
            return handler

        return declare

    def include(self, other: Live) -> None:
        """Take over the events of another part; a name may be declared once in the whole program."""
        for each in other.declared.values():
            self._add(each)

    def _add(self, event: Declared) -> None:
        if event.name in RESERVED or event.name in self.declared:
            raise ValueError(f"the event {event.name!r} is taken")
        self.declared[event.name] = event

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Refuse everything: only the mounted `Root` admits clients."""
        return False


class TopicPayload(BaseModel):
    """What `join`, `leave` and `head` carry: the topic's name."""

    model_config = ConfigDict(extra="forbid", strict=True)
    topic: str = Field(max_length=40)


class JoinPayload(TopicPayload):
    """`join` says which version of the protocol the client speaks."""

    protocol: int = PROTOCOL


class Root(Live):
    """The namespace that is mounted: admits clients, dispatches their events, and knows join, leave and head."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub
        self._own: Mapping[str, tuple[type[TopicPayload], str]] = {
            "join": (JoinPayload, "join"),
            "leave": (TopicPayload, "any"),
            "head": (TopicPayload, "any"),
        }

    def _add(self, event: Declared) -> None:
        if event.name in OWN_EVENTS:
            raise ValueError(f"the event {event.name!r} is taken")
        super()._add(event)

    # Life of a connection

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Called by the library for its own connect and disconnect only; events come through `dispatch`."""
        if event == "connect":
            return self._connect(args[0], args[1])
        if event == "disconnect":
            self._hub.forget(args[0])
        return None

    def _connect(self, sid: str, environ: Mapping[str, Any]) -> bool:
        """Admit a client, or say why not. Anything unexpected refuses it."""
        try:
            token_hash = self._hub.doors.token_hash(environ)
            connection = Connection(sid, None, None, None)
            if token_hash is not None:
                with self._hub.doors.database.transaction(write=False) as tx:
                    actor = self._hub.doors.load_actor(tx, token_hash)
                if actor.signed_in:
                    connection = Connection(sid, token_hash, actor.person_id, actor.session_id)
            reason = self._hub.admit(connection)
        except Exception as error:
            log.exception("a live connection could not be admitted")
            raise Refused("unavailable") from error
        if reason:
            raise Refused(reason)
        return True

    # Events

    def dispatch(self, sid: str, name: object, arguments: list[Any], reply: Reply) -> None:
        """Answer one event of a client through `reply`. Never raises.

        A client whose session has ended gets its nack first and is disconnected then.
        """
        connection = self._hub.find(sid)
        try:
            if connection is None:
                raise _Ended
            self._charge(connection, "any")
            argument = arguments[0] if len(arguments) == 1 else None
            reply({"ok": True, **self._answer(connection, name, argument)})
        except _Ended:
            reply(Nack("forbidden", REVOKED).answer())
            if connection is not None:
                self._hub.dismiss(connection)
        except Nack as nack:
            reply(nack.answer())
        except DomainError as error:
            reply(_domain_nack(error).answer())
        except ValidationError as error:
            reply(Nack("invalid", _first_fault(error)).answer())
        except Exception as error:
            if is_no_room(error):
                log.error("a live event was not saved, a disk is full")
                reply(Nack("no_room", NO_ROOM, retryable=True, retry_after=RETRY_SECONDS).answer())
                return
            log.exception("a live event failed")
            reply(Nack("internal", "Sorry, something went wrong. Try again.", retryable=True).answer())

    def _answer(self, connection: Connection, name: object, argument: object) -> Mapping[str, Any]:
        if isinstance(name, str) and name in self._own:
            schema, rate = self._own[name]
            self._charge(connection, rate)
            data = schema.model_validate(argument)
            if isinstance(data, JoinPayload):
                return self._join(connection, data)
            return self._leave(connection, data) if name == "leave" else self._head(connection, data)
        event = self.declared.get(name) if isinstance(name, str) else None
        if event is None:
            shown = name[:MAX_EVENT_NAME] if isinstance(name, str) else "?"
            raise Nack("unknown_event", f"This server does not know the event {shown!r}.")
        self._charge(connection, event.rate)
        return self._run(connection, event, event.schema.model_validate(argument))

    def _run(self, connection: Connection, event: Declared, data: BaseModel) -> Mapping[str, Any]:
        """Prepare outside, then one transaction: rebuild the actor, check the access, handle."""
        prepared = event.prepare(data) if event.prepare is not None else data
        with self._hub.doors.database.transaction(write=event.write) as tx:
            actor = self._actor(tx, connection)
            if not event.access.permits(actor):
                raise NotFound
            return event.handler(actor, tx, prepared) or {}

    def _join(self, connection: Connection, data: JoinPayload) -> Mapping[str, Any]:
        """Listen to a topic. The room is entered before the head is read, so nothing falls between the two."""
        if data.protocol != PROTOCOL:
            raise Nack("protocol_unsupported", "This page is out of date. Load it again.")
        self._hub.topics.find(data.topic)
        if not self._hub.reserve(connection, data.topic):
            raise Nack("limit_exceeded", "This page listens to too many things at once.")
        joined = False
        try:
            with self._hub.doors.database.transaction(write=False) as tx:
                if not self._hub.topics.may_join(self._actor(tx, connection), tx, data.topic):
                    raise NotFound
            self._hub.enter(connection, data.topic)
            with self._hub.doors.database.transaction(write=False) as tx:
                head = self._hub.topics.head(self._actor(tx, connection), tx, data.topic)
            joined = True
        finally:
            if not joined:
                self._hub.leave(connection, data.topic)
        self._hub.note_head(data.topic, head)
        return {"topic": data.topic, "seq": head, "server_time": int(time.time() * 1000)}

    def _leave(self, connection: Connection, data: TopicPayload) -> Mapping[str, Any]:
        self._hub.leave(connection, data.topic)
        return {"topic": data.topic}

    def _head(self, connection: Connection, data: TopicPayload) -> Mapping[str, Any]:
        """The newest sequence number of a topic that was joined."""
        if data.topic not in connection.topics:
            raise NotFound
        with self._hub.doors.database.transaction(write=False) as tx:
            actor = self._actor(tx, connection)
            if not self._hub.topics.may_join(actor, tx, data.topic):
                raise NotFound
            head = self._hub.topics.head(actor, tx, data.topic)
        return {"topic": data.topic, "seq": head, "server_time": int(time.time() * 1000)}

    def _actor(self, tx: Tx, connection: Connection) -> Actor:
        actor = self._hub.actor(tx, connection)
        if actor is None:
            raise _Ended
        return actor

    def _charge(self, connection: Connection, rate: str) -> None:
        """Take a token for this class of event; the person's, or the connection's when nobody is signed in."""
        who = connection.person_id if connection.person_id is not None else connection.sid
        wait = self._hub.buckets.take((who, rate), self._hub.config.rates[rate])
        if wait:
            if rate == "any":
                # Only the sender's own thread sleeps, so whoever floods is read more slowly.
                time.sleep(FLOOD_PAUSE_SECONDS)
            raise Nack("rate_limited", "That was too often. Wait a moment.", retryable=True, retry_after=wait)


class _Ended(Exception):
    """The session behind this connection is over."""


def _domain_nack(error: DomainError) -> Nack:
    code = next((code for kind, code in DOMAIN_CODES.items() if isinstance(error, kind)), "invalid")
    retry_after = error.retry_after if isinstance(error, RateLimited) else None
    retryable = isinstance(error, RateLimited | Conflict)
    return Nack(code, error.message, retryable=retryable, retry_after=retry_after)


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {fault['msg']}" if where else str(fault["msg"])
