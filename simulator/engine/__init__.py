"""The processing of one request: authentication, validation, scenario rules, the operation, the journal."""
