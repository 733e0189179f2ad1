"""What every built file says about itself: title, whose it is, and the two lines under the title."""

from dataclasses import dataclass

INK = "1F2933"
BRAND = "0B4F4A"
QUIET = "52606D"
WASH = "E3EFE9"
LINE = "9FC7B8"
FONT = "Arial"
NOTE = (
    "Written for a demonstration. Figures are illustrative; nothing here describes a real council or company."
)
LICENCE_LINE = "Open Government Licence v3.0"


@dataclass(frozen=True)
class About:
    """Metadata of one file. `author` goes inside the file: an organisation, except where hiding is the point."""

    title: str
    kind: str
    regime: str
    category: str
    author: str
    keywords: str

    @property
    def strapline(self) -> str:
        """The quiet line under the title."""
        return f"{self.kind} · {self.regime} · {LICENCE_LINE}"
