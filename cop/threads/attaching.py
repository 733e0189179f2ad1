"""The part of a form in which files are put beside a post: chosen, taken in at once, described, and taken out again.

It works without JavaScript: a button uploads what was chosen and shows the form again with it, another takes one out,
and posting takes in whatever was chosen as well. What is in already is named by signed tokens in the page, so an error
elsewhere never asks for it again. Files are no part of a draft.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from werkzeug.datastructures import FileStorage
from wtforms import MultipleFileField
from wtforms.validators import StopValidation

from cop.files.intake import Received, receive
from cop.files.kinds import Kind, accept_attribute
from cop.files.store import FileStore
from cop.files.tokens import claim, named_by, token_for
from cop.files.wording import file_words, size_words
from cop.kernel.errors import Invalid
from cop.threads.attachments import DESCRIBE, TOO_MANY, Attachment, New, Old, Wanted
from cop.threads.limits import ALT_MAX, FILES_MAX
from cop.web.actor import shown_actor
from cop.web.area import PREVIEW
from cop.web.edge import edge, use
from cop.web.forms import Form, one_line

UPLOAD, TAKE_OUT = "files", "without-"
"""What the form's buttons for files send as `preview`: nothing is posted by them."""
GONE = "One of your files was uploaded too long ago. Choose it again"
NAME_SHOWN = 60
OF_POST = "post:"
"""What begins the token of a file that the post has already."""


@dataclass(slots=True)
class Entry:
    """A file in the form: new, or one that the post has. `error` stands beside its description."""

    filename: str
    kind: Kind
    size: int
    alt: str
    received: Received | None = None
    file_id: int = 0
    error: str = ""

    @property
    def words(self) -> str:
        """Kind and size."""
        return file_words(self.kind, self.size)

    @property
    def token(self) -> str:
        """What names it in the next form."""
        person = shown_actor().person_id
        if self.received is not None:
            return token_for(edge().settings.secret, person, self.received)
        signed: str = _signer().dumps([person, self.file_id, self.kind.value, self.filename, self.size])
        return f"{OF_POST}{signed}"

    @property
    def wanted(self) -> New | Old:
        """For the service."""
        alt = self.alt if self.kind.is_picture else ""
        return New(self.received, alt) if self.received else Old(self.file_id, alt, self.kind)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(edge().settings.secret, salt="post-file")


class FilesField(MultipleFileField):  # type: ignore[misc]
    """Files chosen and files in hand. Named `file`, as messages about uploads are."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, render_kw={"accept": accept_attribute(pictures=True)}, **kwargs)
        self.entries: list[Entry] = []
        self.shown = False
        """Whether the page that was sent had this part at all: one that had none takes no file away."""
        self.button = ""
        self._lost = False

    @property
    def only(self) -> bool:
        """Whether a button for files was pressed, and not the one that posts."""
        return self.button == UPLOAD or self.button.startswith(TAKE_OUT)

    @property
    def said(self) -> list[str]:
        """What is wrong with the files as a whole, beside the input."""
        of_entries = {entry.error for entry in self.entries}
        return [str(error) for error in self.errors if str(error) not in of_entries]

    @property
    def largest(self) -> str:
        """The largest file, in words."""
        return size_words(edge().settings.max_upload)

    @property
    def room(self) -> int:
        """How many more files there may be."""
        return FILES_MAX - len(self.entries)

    def begin(self, attachments: Sequence[Attachment]) -> None:
        """Start with what a post has."""
        self.entries = [
            Entry(each.file.filename, each.file.kind, each.file.size, each.alt, file_id=each.file.file_id)
            for each in attachments
        ]

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Take what was in hand besides what was chosen."""
        super().process(formdata, *args, **kwargs)
        if not formdata:
            return
        self.button = str(formdata.get(PREVIEW, ""))
        self.shown = f"{self.name}_shown" in formdata
        alts = [str(alt) for alt in formdata.getlist(f"{self.name}_alt")]
        tokens = [str(token) for token in formdata.getlist(f"{self.name}_kept")][: 2 * FILES_MAX]
        for at, token in enumerate(tokens):
            entry = _entry_of(token, one_line(alts[at]) if at < len(alts) else "")
            if self.button == f"{TAKE_OUT}{at}":
                continue
            if entry is None:
                self._lost = True
            else:
                self.entries.append(entry)

    def pre_validate(self, form: Form) -> None:
        """Take in what was chosen, and ask for the words of pictures unless nothing is posted yet."""
        problems = [GONE] if self._lost else []
        store = use(FileStore)
        for entry in [each for each in self.entries if each.received]:
            if entry.received is not None and not claim(store, entry.received):
                self.entries.remove(entry)
                problems.append(GONE)
        for upload in self.data or ():
            if isinstance(upload, FileStorage) and upload.filename:
                problems += self._taken_in(store, upload, upload.filename)
        for entry in self.entries:
            if len(entry.alt) > ALT_MAX:
                entry.error = f"The description must be {ALT_MAX} characters or fewer"
            elif entry.kind.is_picture and not entry.alt and not self.button:
                entry.error = DESCRIBE
        self.errors = [*dict.fromkeys(problems), *(entry.error for entry in self.entries if entry.error)]
        if self.errors:
            raise StopValidation("")

    def _taken_in(self, store: FileStore, upload: FileStorage, filename: str) -> list[str]:
        if len(self.entries) >= FILES_MAX:
            return [TOO_MANY]
        limit = edge().settings.max_upload
        try:
            found = receive(store, upload.stream, filename=filename, limit=limit, pictures=True)
        except Invalid as error:
            name = filename if len(filename) <= NAME_SHOWN else f"{filename[:NAME_SHOWN]}…"
            return [f"{one_line(name)}: {error.message}"]
        self.entries.append(Entry(found.filename, found.kind, found.spooled.size, "", received=found))
        return []

    def validate(self, form: Form, extra_validators: Sequence[Any] = ()) -> bool:
        """As `pre_validate` says; its messages stay apart, each where it belongs."""
        self.errors = []
        try:
            self.pre_validate(form)
        except StopValidation:
            return False
        return True

    def problems(self) -> Iterator[tuple[str, str | None]]:
        """For the summary of errors: each message and the input it is about."""
        for error in self.said:
            yield error, self.id
        for at, entry in enumerate(self.entries):
            if entry.error:
                yield (f"{entry.error}: {entry.filename}", f"{self.id}-alt-{at}")

    def wanted(self) -> Wanted:
        """For the service: what the post is to carry."""
        return [entry.wanted for entry in self.entries]


def _entry_of(token: str, alt: str) -> Entry | None:
    person = shown_actor().person_id
    if not token.startswith(OF_POST):
        received = named_by(edge().settings.secret, person, token)
        if received is None:
            return None
        return Entry(received.filename, received.kind, received.spooled.size, alt, received=received)
    try:
        whose, file_id, kind, filename, size = _signer().loads(token.removeprefix(OF_POST))
        entry = Entry(filename, Kind(kind), size, alt, file_id=file_id)
    except (BadData, ValueError, TypeError):
        return None
    return entry if whose == person else None


class WithFiles(Form):
    """A form with files beside its text."""

    file = FilesField("Attach files")

    def validate(self, extra_validators: Any = None) -> bool:
        """All of it, or the files alone where one of their buttons was pressed: the text may be unfinished then."""
        if not self.file.only:
            return bool(super().validate(extra_validators))
        return bool(self.file.validate(self))


def max_body() -> int:
    """Bytes that a form with files may have."""
    return edge().settings.max_upload_body
