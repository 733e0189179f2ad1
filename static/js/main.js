// Starts the behaviours of GOV.UK Frontend on every page. Pages work without it.
import {
  Button, CharacterCount, Checkboxes, ErrorSummary, NotificationBanner, PasswordInput, Radios, SkipLink,
  createAll,
} from "../vendor/govuk-frontend/govuk-frontend.min.js";

for (const Component of [Button, CharacterCount, Checkboxes, ErrorSummary, PasswordInput, Radios, SkipLink]) {
  createAll(Component);
}

// An address with a fragment asks for a place on the page: the message must not take the reader away from it.
createAll(NotificationBanner, { disableAutoFocus: Boolean(location.hash) });
