//! `schemas/` is what the types say.

#![expect(
    clippy::disallowed_methods,
    reason = "`make schemas` says by a variable that they are to be written"
)]

use evenkeel_core::documents::schema::schemas;
use std::path::Path;

#[test]
fn the_schema_files_are_those_of_the_types() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    for (name, schema) in schemas() {
        let text = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
        let kept = std::fs::read_to_string(directory.join(&name)).unwrap_or_default();
        if kept != text && std::env::var_os("EVENKEEL_WRITE_SCHEMAS").is_some() {
            std::fs::create_dir_all(&directory).expect("schemas/");
            std::fs::write(directory.join(&name), text).expect("written");
        } else {
            assert!(
                kept == text,
                "schemas/{name} is stale: run `EVENKEEL_WRITE_SCHEMAS=1 cargo test -p evenkeel-core --test documents_schemas`"
            );
        }
    }
}
