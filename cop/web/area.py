"""`Area`: a Blueprint whose every route declares who may come in, and whose views get an actor and a transaction.

A route without `access=` fails at import. GET views run in a read-only transaction. POST views live through one
fixed order: access → CSRF → parse the form → prepare (slow work) → write transaction with a freshly built actor →
commit. When the form or the service says Invalid, the page named by `again` is drawn anew with status 422, what was
typed in place and the message beside its field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any

from flask import Blueprint, Flask, current_app, request
from flask import Response as FlaskResponse
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response
from wtforms import FileField

from cop.kernel.access import Access, Actor
from cop.kernel.buckets import Rate
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid, NotFound
from cop.web import limits
from cop.web.actor import build_actor, count_header
from cop.web.edge import edge
from cop.web.forms import Form, check_csrf, remember

View = Callable[..., Any]
Prepare = Callable[[Any], Any]
Ask = Callable[..., object]

SMALL_BODY = 512 * 1024
PREVIEW = "preview"
"""Name of the button that shows how what was typed would look, where a form has one."""


@dataclass(frozen=True, slots=True)
class AfterCommit:
    """What a POST view returns when it answers with a page: nothing is drawn while a write transaction is open."""

    draw: Callable[[], Response | str]


class UndeclaredAccess(TypeError):
    """A route was written without saying who may use it."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What was declared about a route, kept on its view function for the list of routes."""

    method: str
    access: Access


class Area(Blueprint):
    """A Blueprint that only knows declared routes."""

    def get(  # type: ignore[override]
        self, rule: str, *, access: Access | None = None, endpoint: str | None = None
    ) -> Callable[[View], View]:
        """Declare a page: `view(actor, tx, **url)` in a read-only transaction."""
        declared = _declared("GET", rule, access)

        def register(view: View) -> View:
            self.add_declared(rule, view, _reading(view, declared), declared, endpoint)
            return view

        return register

    def post(  # type: ignore[override]
        self,
        rule: str,
        *,
        access: Access | None = None,
        form: type[Form] | None = None,
        prepare: Prepare | None = None,
        again: View | None = None,
        preview: View | None = None,
        max_body: Callable[[], int] | None = None,
        ask: Ask | None = None,
        rate: Rate | None = None,
        without_csrf_because: str | None = None,
        endpoint: str | None = None,
    ) -> Callable[[View], View]:
        """Declare an act: `view(actor, tx, typed, **url)` in a write transaction (`typed` only with a form).

        `prepare(form)` does what is slow (hash, render, spool) before the transaction and returns `typed`; without
        it `typed` is the form. `again(actor, tx, form, **url)` draws the page again when something is wrong.
        `preview(actor, tx, typed, **url)` answers the form's button of that name instead of the view: it only reads.
        `ask(actor, tx, **url)` raises before the body is read when this person may not do it at all: for uploads,
        which would be taken in first. The view asks again, in its own transaction.
        `rate` counts this act by itself, for what a page sends without being asked.
        `without_csrf_because` gives the reason why a post from elsewhere is welcome: what the address itself carries
        is all that is asked for, and whoever sends it gains nothing by it.
        """
        declared = _declared("POST", rule, access)
        if form is not None and again is None:
            raise UndeclaredAccess(f"POST {rule}: say with again= which page shows the form's errors")

        def register(view: View) -> View:
            steps = _Steps(
                declared.access,
                form,
                prepare,
                again,
                preview,
                max_body,
                ask,
                without_csrf_because,
                (rule, rate) if rate else None,
            )
            wrapped = _writing(view, steps)
            wrapped.form = form  # type: ignore[attr-defined]
            self.add_declared(rule, view, wrapped, declared, endpoint)
            return view

        return register

    def route(self, rule: str, **options: Any) -> Any:
        """Refuse Flask's own way in: it would not declare an access."""
        raise UndeclaredAccess(f"{rule}: use area.get or area.post, which declare an access")

    def add_declared(
        self, rule: str, view: View, wrapped: View, declared: Declared, endpoint: str | None
    ) -> None:
        """Add the wrapped view under the name of the one it wraps."""
        wrapped.declared = declared  # type: ignore[attr-defined]
        self.add_url_rule(
            rule, endpoint or getattr(view, "__name__", rule), wrapped, methods=[declared.method]
        )


def _declared(method: str, rule: str, access: Access | None) -> Declared:
    if access is None:
        raise UndeclaredAccess(f"{method} {rule}: say with access= who may use it")
    return Declared(method, access)


def _admit(tx: Tx, access: Access, *, page: bool = False) -> Actor:
    """The actor, if they may come in; for a page that will be drawn with the number that its header shows."""
    actor = build_actor(tx)
    if not access.permits(actor):
        raise NotFound
    if page:
        count_header(tx, actor)
    return actor


def _as_response(result: Response | str) -> Response:
    return FlaskResponse(result) if isinstance(result, str) else result


def _reading(view: View, declared: Declared) -> View:
    @wraps(view)
    def wrapped(**url: Any) -> Response:
        with edge().db.transaction(write=False) as tx:
            return _as_response(view(_admit(tx, declared.access, page=True), tx, **url))

    return wrapped


class _Rejected(Exception):
    """Carries a response of 400 or more out of a write transaction, so that it rolls back."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


@cache
def _file_fields(form_class: type[Form]) -> frozenset[str]:
    return frozenset(name for name, field in form_class()._fields.items() if isinstance(field, FileField))


def _sent(form_class: type[Form]) -> MultiDict[str, Any]:
    """What was sent: files for the fields that take files, and text for the others, whatever a part calls itself."""
    names = _file_fields(form_class)  # type: ignore[arg-type]  # a class is hashable; mypy looks at its instances
    sent: MultiDict[str, Any] = MultiDict(request.form)
    for name in names:
        sent.setlist(name, request.files.getlist(name))
    return sent


@dataclass(frozen=True, slots=True)
class _Steps:
    """What `Area.post` was told about an act."""

    access: Access
    form: type[Form] | None
    prepare: Prepare | None
    again: View | None
    preview: View | None
    max_body: Callable[[], int] | None
    ask: Ask | None
    without_csrf_because: str | None
    own_rate: tuple[str, Rate] | None


def _writing(view: View, steps: _Steps) -> View:
    @wraps(view)
    def wrapped(**url: Any) -> Response:
        db = edge().db
        # Asked before the body is read: a stranger cannot make the server parse an upload.
        request.max_content_length = steps.max_body() if steps.max_body else SMALL_BODY
        with db.transaction(write=False) as tx:
            actor = _admit(tx, steps.access)
            if steps.ask is not None:
                steps.ask(actor, tx, **url)
        limits.spend(actor, steps.own_rate)
        form = steps.form(_sent(steps.form)) if steps.form else None
        typed: tuple[Any, ...] = ()
        # Only to look at it changes nothing, so it never waits for those who write.
        looking = steps.preview is not None and PREVIEW in request.form
        act = steps.preview if steps.preview is not None and looking else view
        try:
            if steps.without_csrf_because is None:
                check_csrf()
            if form is not None:
                if not form.validate():
                    raise Invalid("Check what you typed.")
                typed = (steps.prepare(form) if steps.prepare else form,)
            with db.transaction(write=not looking) as tx:
                result = act(_admit(tx, steps.access, page=looking), tx, *typed, **url)
                if isinstance(result, Response) and result.status_code >= 400:
                    raise _Rejected(result)
        except _Rejected as rejected:
            return rejected.response
        except Invalid as error:
            if form is None or steps.again is None:
                raise
            return _draw_again(steps.again, form, error, steps.access, url)
        return _as_response(result.draw() if isinstance(result, AfterCommit) else result)

    return wrapped


def _draw_again(again: View, form: Form, error: Invalid, access: Access, url: dict[str, Any]) -> Response:
    remember(form, error)
    with edge().db.transaction(write=False) as tx:
        response = _as_response(again(_admit(tx, access, page=True), tx, form, **url))
    response.status_code = 422
    return response


def form_of(path: str) -> type[Form] | None:
    """The form that a POST to this path sends, None for an act without one and where there is none."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(path.partition("?")[0], method="POST")
    except HTTPException:
        return None
    form: type[Form] | None = vars(current_app.view_functions[endpoint]).get("form")
    return form


def declared_routes(app: Flask) -> list[tuple[str, str, str]]:
    """All routes as (method, path, access), sorted: `cop routes --access` and tests/approved/routes.txt."""
    rows = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        declared: Declared = vars(app.view_functions[rule.endpoint])["declared"]
        rows.append((declared.method, rule.rule, declared.access.name))
    return sorted(rows, key=lambda row: (row[1], row[0]))
