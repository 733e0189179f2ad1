"""What the page about emails parses."""

from __future__ import annotations

from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired

from cop.notifications.queries import Preferences
from cop.web.fields import choices
from cop.web.forms import Form

HOURS = [(str(hour), f"{hour % 12 or 12}{'am' if hour < 12 else 'pm'}") for hour in range(24)]


class PreferencesForm(Form):
    """What somebody wants to be sent."""

    digest = RadioField(
        "Digest of what is new",
        [InputRequired("Choose how often you want the digest")],
        choices=choices(
            [
                ("daily", "Every day"),
                ("weekdays", "Mondays to Fridays"),
                ("weekly", "Mondays only"),
                ("never", "Never"),
            ]
        ),
        description="One email with everything you have not seen yet. There is none on days without news.",
    )
    digest_hour = SelectField("Digest not before", choices=choices(HOURS))
    at_once = RadioField(
        "When somebody mentions you or waits for you",
        [InputRequired("Choose when you want to be told")],
        choices=choices([("no", "Tell me in the digest"), ("yes", "Send me an email at once")]),
    )
    quiet_from = SelectField("Quiet hours begin", choices=choices(HOURS))
    quiet_to = SelectField(
        "Quiet hours end",
        choices=choices(HOURS),
        description="Emails sent at once wait until quiet hours have ended. The same hour twice means no quiet hours.",
    )

    @classmethod
    def showing(cls, chosen: Preferences) -> PreferencesForm:
        """The form with what is chosen now."""
        return cls(
            data={
                "digest": chosen.digest,
                "digest_hour": str(chosen.digest_hour),
                "at_once": "yes" if chosen.at_once else "no",
                "quiet_from": str(chosen.quiet_from),
                "quiet_to": str(chosen.quiet_to),
            }
        )

    def chosen(self) -> Preferences:
        """What was chosen."""
        return Preferences(
            self.digest.data,
            int(self.digest_hour.data),
            self.at_once.data == "yes",
            int(self.quiet_from.data),
            int(self.quiet_to.data),
        )
