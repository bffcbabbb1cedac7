"""Where a study is kept: database, vault, keys, ledger, locks."""
