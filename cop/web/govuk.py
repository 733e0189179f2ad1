"""GOV.UK Frontend's components, drawn by govuk-frontend-jinja in an environment of their own.

The library reads keys that are not there and expects nothing to happen, so it cannot run under the strictness our
own templates have. `component("radios", name="kind", items=[…])` takes the options of the Design System's macros under
the same names.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader, PrefixLoader
from markupsafe import Markup

from cop.kernel.markup import safe

_LIBRARY = "govuk_frontend_jinja"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PrefixLoader({_LIBRARY: PackageLoader(_LIBRARY)}),
        undefined=ChainableUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=64)
def _macro(name: str) -> Callable[[dict[str, Any]], object]:
    template = _environment().get_template(f"{_LIBRARY}/components/{name}/macro.html")
    words = "".join(word.capitalize() for word in name.split("-"))
    macro: Callable[[dict[str, Any]], object] = getattr(template.module, f"govuk{words}")
    return macro


def component(name: str, /, **params: Any) -> Markup:
    """Draw a component of GOV.UK Frontend, such as "error-summary", from the options of its macro.

    Text options are escaped; options that end in `html` are not and must be safe. Raises
    jinja2.TemplateNotFound for a component that does not exist.
    """
    return safe(str(_macro(name)(params)))
