"""A file input that survives an error page.

A browser cannot be given a chosen file back, so an upload is taken in while the form is checked, before any
transaction, and named by a signed token in the page that shows the errors: the person does not choose it again. The
token holds for its person only and for less time than unclaimed files are kept (`cop.files.pending.sweep`).
"""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import FileField
from wtforms.validators import StopValidation

from cop.files.intake import Received, receive
from cop.files.kinds import ACCEPTED, accept_attribute
from cop.files.store import FileStore
from cop.files.tokens import claim, named_by, token_for
from cop.kernel.errors import Invalid
from cop.library.wording import file_words
from cop.web.actor import shown_actor
from cop.web.edge import edge, use
from cop.web.forms import Form

CHOOSE = f"Choose a {ACCEPTED} file"
CHOOSE_AGAIN = "Choose the file again. It was uploaded too long ago."


class UploadField(FileField):  # type: ignore[misc]
    """`kept` is the upload once it is safely in the store; `token` names it in the next form."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, render_kw={"accept": accept_attribute()}, **kwargs)
        self.kept: Received | None = None
        self._token = ""

    @property
    def token_name(self) -> str:
        """Name of the hidden input that carries the token."""
        return f"{self.name}_kept"

    @property
    def token(self) -> str:
        """What the hidden input carries; empty when nothing was uploaded yet."""
        if self.kept is None:
            return ""
        return token_for(edge().settings.secret, shown_actor().person_id, self.kept)

    @property
    def kept_words(self) -> str:
        """Name, type and size of what was uploaded."""
        assert self.kept is not None
        return f"{self.kept.filename} ({file_words(self.kept.kind, self.kept.spooled.size)})"

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Take the token besides the file."""
        super().process(formdata, *args, **kwargs)
        token = formdata.get(self.token_name, "") if formdata else ""
        self._token = token if isinstance(token, str) else ""

    def pre_validate(self, form: Form) -> None:
        """Take the upload in: spool, check and keep it, or find the one the token names."""
        if isinstance(self.data, FileStorage) and self.data.filename:
            # A refused file must not fall back to the one before it: the person meant to replace that.
            try:
                self.kept = receive(
                    use(FileStore),
                    self.data.stream,
                    filename=self.data.filename,
                    limit=edge().settings.max_upload,
                )
            except Invalid as error:
                raise StopValidation(error.message) from error
        elif self._token:
            self.kept = self._named()
        else:
            raise StopValidation(CHOOSE)

    def _named(self) -> Received:
        found = named_by(edge().settings.secret, shown_actor().person_id, self._token)
        if found is None or not claim(use(FileStore), found):
            raise StopValidation(CHOOSE_AGAIN)
        return found


def max_body() -> int:
    """Bytes a form with an upload may have."""
    return edge().settings.max_upload_body
