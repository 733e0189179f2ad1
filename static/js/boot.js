// Runs before anything is painted, so that nothing moves when the modules arrive.
document.body.classList.add("js-enabled", "govuk-frontend-supported");
