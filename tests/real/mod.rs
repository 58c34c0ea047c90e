//! Tests against real servers, started by the scripts in `tests/servers`; `make test-real` runs them.

mod differential;
