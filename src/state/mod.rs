//! Where journal, ledger and lock are kept.
