// The behaviours of GOV.UK Frontend this service uses, as one ES module. See ../README.md for the build.
export {
  Button, CharacterCount, Checkboxes, ErrorSummary, NotificationBanner, PasswordInput, Radios,
  SkipLink, createAll
} from "govuk-frontend/dist/govuk/all.mjs";
