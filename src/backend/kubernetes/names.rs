//! Which names a collection has: the cheapest complete answer that an API server gives.
//!
//! Of kinds that the server itself serves it is asked as `kubectl get` asks, for a table without the objects: that costs
//! a tenth of a list of their metadata. What others serve is listed by metadata, as tables of theirs promise nothing.

use super::Kubernetes;
use super::addresses;
use super::list;
use crate::backend::http::Call;
use evenkeel_core::engine::question::{Scope, ServedKind, Why};
use evenkeel_core::engine::value::Value;
use serde::Deserialize;
use std::collections::BTreeSet;

const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1";
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// A table, of which one column has the names.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    kind: String,
    column_definitions: Vec<Column>,
    /// An empty one is written as null.
    rows: Option<Vec<Row>>,
}

#[derive(Deserialize)]
struct Column {
    format: String,
}

#[derive(Deserialize)]
struct Row {
    cells: Vec<serde_json::Value>,
}

impl Kubernetes {
    /// Returns the names that a scope has, all of them.
    pub async fn names(&self, scope: &Scope) -> Result<BTreeSet<String>, Why> {
        let Some(kind) = self.served_in(scope).await? else { return Ok(BTreeSet::new()) };
        let namespace = scope.namespace.as_deref();
        match scope.kind.group() {
            None => self.names_in_table(&kind, namespace).await,
            Some(_) => self.names_in_metadata(&kind, namespace).await,
        }
    }

    async fn names_in_table(
        &self,
        kind: &ServedKind,
        namespace: Option<&str>,
    ) -> Result<BTreeSet<String>, Why> {
        let url = format!("{}?includeObject=None", addresses::collection(kind, namespace));
        self.read_whole(&url, Call { accept: TABLE, ..Call::get(&url) }, names_of).await
    }

    async fn names_in_metadata(
        &self,
        kind: &ServedKind,
        namespace: Option<&str>,
    ) -> Result<BTreeSet<String>, Why> {
        let url = addresses::collection(kind, namespace);
        let call = Call { accept: METADATA, ..Call::get(&url) };
        let name = |item: Value| item.at(&["metadata", "name"]).and_then(Value::as_text).map(str::to_owned);
        let names = self.read_whole(&url, call, move |body| list::read(body, name)).await?;
        Ok(names.into_iter().flatten().collect())
    }
}

/// Reads the names of a table; a row without one makes the whole table unusable, as nothing would be absent by proof.
fn names_of(body: &[u8]) -> serde_json::Result<BTreeSet<String>> {
    let Table { kind, column_definitions, rows } = serde_json::from_slice(body)?;
    let wrong = |message: &str| <serde_json::Error as serde::de::Error>::custom(message);
    if kind != "Table" {
        return Err(wrong(&format!("a {kind} was answered where a Table was asked for")));
    }
    let column = column_definitions.iter().position(|column| column.format == "name");
    let column = column.ok_or_else(|| wrong("no column of the table has names"))?;
    let name = |row: &Row| row.cells.get(column)?.as_str().map(str::to_owned);
    let names =
        rows.iter().flatten().map(|row| name(row).ok_or_else(|| wrong("a row of the table has no name")));
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(columns: &str, rows: &str) -> Result<Vec<String>, String> {
        let body = format!(r#"{{"kind": "Table", "columnDefinitions": {columns}, "rows": {rows}}}"#);
        names_of(body.as_bytes()).map(Vec::from_iter).map_err(|error| error.to_string())
    }

    const COLUMNS: &str = r#"[{"name": "Data", "format": ""}, {"name": "Name", "format": "name"}]"#;

    #[test]
    fn names_are_read_from_their_column_and_an_empty_table_has_none() {
        let rows = r#"[{"cells": [1, "b"], "object": null}, {"cells": [2, "a"]}]"#;
        assert_eq!(names(COLUMNS, rows), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(names(COLUMNS, "null"), Ok(Vec::new()));
    }

    #[test]
    fn a_table_that_does_not_name_every_row_proves_nothing() {
        assert!(names(COLUMNS, r#"[{"cells": [1]}]"#).is_err());
        assert!(names(r#"[{"name": "Data", "format": ""}]"#, "[]").is_err());
        assert!(names_of(br#"{"kind": "Status"}"#).is_err());
    }
}
