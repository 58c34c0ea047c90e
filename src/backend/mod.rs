//! The only code that talks to live systems: one folder for each.
