"""Form fields as GOV.UK components: label, hint, error and input tied together, and the summary of what is wrong.

Templates write `{{ field(form.title) }}` and `{{ error_summary(form) }}`. A field's `description` is its hint. Its
`render_kw` may say, besides plain HTML attributes: `autocomplete`, `inputmode`, `rows`, `width` (characters: 2, 3, 4,
5, 10, 20 or 30), `count` (True for the limit of the Length validator, or a number), `prefix`, `suffix`, `inline`
(radios side by side), `small` (radios, checkboxes), `hints` (choice value → words) and `accept` (files). What
`field(…)` is given wins over `render_kw`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import wtforms
from markupsafe import Markup
from wtforms.fields.choices import SelectChoice

from cop.kernel.markup import safe
from cop.web.date_parts import PARTS, DateParts
from cop.web.govuk import component

__all__ = ["DateParts", "choices", "error_summary", "field"]

_OWN_OPTIONS = frozenset(
    {
        "autocomplete", "inputmode", "rows", "width", "count", "prefix", "suffix",
        "inline", "hints", "spellcheck", "classes", "small",
    }
)  # fmt: skip
_NEVER = frozenset(
    {"required", "maxlength", "minlength", "placeholder", "style", "id", "name", "value", "type"}
)
"""Attributes a field never gets: browsers' own messages are not ours, and no placeholder replaces a label."""


def choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """Options of a select, radios or checkboxes from pairs of value and label, such as a mapping's items()."""
    return [SelectChoice(value=value, label=label) for value, label in pairs]


def field(
    bound: Any,
    *,
    label: str | None = None,
    hint: str | None = None,
    heading: bool = False,
    label_classes: str | None = None,
    before: Markup | None = None,
    **options: Any,
) -> Markup:
    """Draw one field of a form.

    `label` and `hint` replace the field's own; `heading` makes the label or legend the page's h1; `before` is safe
    HTML between the label and the input; other options as in `render_kw`.
    """
    if isinstance(bound, wtforms.HiddenField):
        return safe(str(bound()))
    chosen = {
        **(bound.render_kw or {}),
        **{name: value for name, value in options.items() if value is not None},
    }
    common = _common(bound, chosen, hint)
    words = {"text": label or bound.label.text}
    if before is not None:
        common["formGroup"] = {"beforeInput": {"html": before}}
    classes = " ".join(filter(None, (label_classes, f"govuk-{_label_part(bound)}--l" if heading else None)))
    title = {**words, "classes": classes, "isPageHeading": heading}
    return _drawer(bound)(bound, common, title, chosen)


def error_summary(form: Any) -> Markup:
    """The box at the top that lists what is wrong, each entry leading to its input; empty when all is well."""
    problems = [
        {"text": message, "href": f"#{target}"} if target else {"text": message}
        for message, target in _problems(form)
    ]
    if not problems:
        return safe("")
    return component("error-summary", titleText="There is a problem", errorList=problems)


def _problems(form: Any) -> Iterator[tuple[str, str | None]]:
    for message in getattr(form, "form_errors", ()):
        yield message, None
    for bound in form:
        yield from _field_problems(bound)


def _field_problems(bound: Any) -> Iterator[tuple[str, str | None]]:
    if hasattr(bound, "problems"):
        # A field of several inputs, which says itself what is wrong with which.
        yield from ((_beside(message), target) for message, target in bound.problems())
    elif isinstance(bound, wtforms.FormField):
        yield from _problems(bound.form)
    elif isinstance(bound, wtforms.FieldList):
        for entry in bound:
            yield from _field_problems(entry)
    elif bound.errors:
        yield _beside(bound.errors[0]), _first_input(bound)


def _beside(message: object) -> str:
    """A message as it stands beside its field: a single sentence without its full stop, wherever it was written."""
    text = str(message)
    return text if ". " in text else text.removesuffix(".")


def _first_input(bound: Any) -> str | None:
    if isinstance(bound, wtforms.HiddenField):
        return None
    if isinstance(bound, DateParts):
        return f"{bound.id}-{bound.wrong[0] if bound.wrong else PARTS[0]}"
    return str(bound.id)


def _label_part(bound: Any) -> str:
    grouped = isinstance(bound, (DateParts, wtforms.RadioField, wtforms.SelectMultipleField))
    return "fieldset__legend" if grouped else "label"


def _common(bound: Any, options: dict[str, Any], hint: str | None) -> dict[str, Any]:
    attributes = {
        name: str(value)
        for name, value in options.items()
        if name not in _OWN_OPTIONS and name not in _NEVER and value is not None and value is not False
    }
    common: dict[str, Any] = {"id": bound.id, "name": bound.name, "attributes": attributes}
    if hint or bound.description:
        common["hint"] = {"text": hint or str(bound.description)}
    if bound.errors:
        common["errorMessage"] = {"text": _beside(bound.errors[0])}
    width = options.get("width")
    common["classes"] = " ".join(
        filter(None, (f"govuk-input--width-{width}" if width else None, options.get("classes")))
    )
    return common


Drawer = Callable[[Any, dict[str, Any], dict[str, Any], dict[str, Any]], Markup]


def _text(bound: Any, common: dict[str, Any], title: dict[str, Any], options: dict[str, Any]) -> Markup:
    number = isinstance(bound, (wtforms.IntegerField, wtforms.DecimalField))
    email = isinstance(bound, wtforms.EmailField)
    kind = "email" if email else "url" if isinstance(bound, wtforms.URLField) else "text"
    kind = "tel" if isinstance(bound, wtforms.TelField) else kind
    affixes = {side: {"text": options[side]} for side in ("prefix", "suffix") if options.get(side)}
    return component(
        "input",
        **{key: value for key, value in common.items() if value != ""},
        label=title,
        type=kind,
        value=bound._value(),
        autocomplete=options.get("autocomplete") or ("email" if email else None),
        inputmode=options.get("inputmode") or ("numeric" if number else None),
        spellcheck=False if email else options.get("spellcheck"),
        **affixes,
    )


def _password(bound: Any, common: dict[str, Any], title: dict[str, Any], options: dict[str, Any]) -> Markup:
    # A password is never sent back to the page, whatever was wrong with the form. Where there are two, each button says
    # whose it is.
    name = title["text"][0].lower() + title["text"][1:]
    return component(
        "password-input",
        **common,
        label=title,
        autocomplete=options.get("autocomplete") or "current-password",
        showPasswordAriaLabelText=f"Show {name}",
        hidePasswordAriaLabelText=f"Hide {name}",
    )


def _textarea(bound: Any, common: dict[str, Any], title: dict[str, Any], options: dict[str, Any]) -> Markup:
    value = bound._value()
    # HTML drops a newline right after the opening tag; one more keeps what was typed.
    value = f"\n{value}" if value.startswith(("\n", "\r")) else value
    limit = _limit(bound) if options.get("count") is True else options.get("count")
    shared = {**common, "label": title, "value": value, "rows": options.get("rows") or 5}
    if limit:
        return component("character-count", **shared, maxlength=limit, threshold=75)
    return component("textarea", **shared, autocomplete=options.get("autocomplete"))


def _limit(bound: Any) -> int | None:
    limits = [rule.max for rule in bound.validators if isinstance(rule, wtforms.validators.Length)]
    return min((limit for limit in limits if limit > 0), default=None)


def _choices(bound: Any, options: dict[str, Any]) -> list[dict[str, Any]]:
    hints = options.get("hints") or {}
    items = []
    for value, label, selected, *_ in bound.iter_choices():
        item = {
            "value": str(value),
            "text": str(label),
            "checked": bool(selected),
            "selected": bool(selected),
        }
        items.append({**item, "hint": {"text": hints[value]}} if value in hints else item)
    return items


def _select(bound: Any, common: dict[str, Any], title: dict[str, Any], options: dict[str, Any]) -> Markup:
    attributes = {**common["attributes"]}
    if options.get("autocomplete"):
        attributes["autocomplete"] = options["autocomplete"]
    return component(
        "select", **{**common, "attributes": attributes}, label=title, items=_choices(bound, options)
    )


def _group(
    kind: str, bound: Any, common: dict[str, Any], title: dict[str, Any], options: dict[str, Any]
) -> Markup:
    look = [common["classes"]]
    if options.get("inline"):
        look.append("govuk-radios--inline")
    if options.get("small"):
        look.append(f"govuk-{kind}--small")
    group = common.get("formGroup", {})
    return component(
        kind,
        idPrefix=bound.id,
        name=bound.name,
        fieldset={"legend": title},
        items=_choices(bound, options),
        classes=" ".join(filter(None, look)),
        attributes=common["attributes"],
        formGroup={"beforeInputs": group["beforeInput"]} if group else {},
        **{key: common[key] for key in ("hint", "errorMessage") if key in common},
    )


def _radios(bound: Any, common: dict[str, Any], title: dict[str, Any], options: dict[str, Any]) -> Markup:
    return _group("radios", bound, common, title, options)


def _checkboxes(bound: Any, common: dict[str, Any], title: dict[str, Any], options: dict[str, Any]) -> Markup:
    return _group("checkboxes", bound, common, title, options)


def _tick(bound: Any, common: dict[str, Any], title: dict[str, Any], options: dict[str, Any]) -> Markup:
    item: dict[str, Any] = {"value": "y", "text": title["text"], "checked": bool(bound.data), "id": bound.id}
    if "hint" in common:
        item["hint"] = common["hint"]
    error = {"errorMessage": common["errorMessage"]} if "errorMessage" in common else {}
    return component("checkboxes", idPrefix=bound.id, name=bound.name, items=[item], **error)


def _date(bound: Any, common: dict[str, Any], title: dict[str, Any], options: dict[str, Any]) -> Markup:
    items = [
        {
            "name": part,
            "value": bound.typed[part],
            "classes": f"govuk-input--width-{4 if part == 'year' else 2}"
            + (" govuk-input--error" if bound.errors and part in (bound.wrong or PARTS) else ""),
        }
        for part in PARTS
    ]
    return component(
        "date-input",
        id=bound.id,
        namePrefix=bound.name,
        fieldset={"legend": title},
        items=items,
        **{key: common[key] for key in ("hint", "errorMessage") if key in common},
    )


def _file(bound: Any, common: dict[str, Any], title: dict[str, Any], options: dict[str, Any]) -> Markup:
    many = isinstance(bound, wtforms.MultipleFileField)
    return component("file-upload", **common, label=title, multiple=many)


_DRAWERS: tuple[tuple[type, Drawer], ...] = (
    (DateParts, _date),
    (wtforms.BooleanField, _tick),
    (wtforms.RadioField, _radios),
    (wtforms.SelectMultipleField, _checkboxes),
    (wtforms.SelectField, _select),
    (wtforms.FileField, _file),
    (wtforms.PasswordField, _password),
    (wtforms.TextAreaField, _textarea),
)


def _drawer(bound: Any) -> Drawer:
    return next((drawer for kind, drawer in _DRAWERS if isinstance(bound, kind)), _text)
