//! Connectors as documents.

use super::{Taken, document};
use crate::engine::id::ResourceId;
use crate::engine::value::{Map, Value};
use crate::resources::connect::{Class, Judgement, is_written_out};
use crate::resources::import::{Document, LeftOut};
use crate::resources::settings::is_masked;
use std::collections::BTreeMap;

/// Settings that have fields of their own, or that the workers add.
const ELSEWHERE: [&str; 3] = ["name", "connector.class", "tasks.max"];

/// A connector with its settings, secrets by reference; one that has a password written out cannot go into Git.
pub(super) fn connector(id: &ResourceId, live: &Value) -> Taken {
    let settings = live.get("config").and_then(Value::as_map).into_iter().flatten();
    // What is no text any more was a secret that somebody wrote out, and is a digest.
    let shown = |(key, value): (&String, &Value)| {
        let text = value.as_text().filter(|_| !is_masked(value))?;
        (!is_written_out(key, text)).then(|| (key.clone(), text.to_owned()))
    };
    let Some(settings) = settings.map(shown).collect::<Option<BTreeMap<String, String>>>() else {
        return Taken::Not(LeftOut::Password);
    };
    let Some(class) = settings.get("connector.class") else { return Taken::Not(LeftOut::UnknownKind) };
    let (mut config, mut notes) = (Map::new(), Vec::new());
    for (key, text) in settings.iter().filter(|(key, _)| !ELSEWHERE.contains(&key.as_str())) {
        match Class::of(class).map(|known| known.judge(key, None, &settings)) {
            None | Some(Judgement::Known) => drop(config.insert(key.clone(), Value::from(text.as_str()))),
            Some(Judgement::Gone(..) | Judgement::NotYet(..) | Judgement::Unknown(_)) => {
                notes.push(format!("{key} is set, too, and its class does not read it"));
            }
        }
    }
    let tasks = settings.get("tasks.max").and_then(|tasks| tasks.parse::<i64>().ok()).unwrap_or(1);
    let state = live.get("state").and_then(Value::as_text).map(str::to_ascii_lowercase);
    let mut spec = Map::from([
        ("class".to_owned(), Value::from(class.as_str())),
        ("tasksMax".to_owned(), Value::from(tasks)),
        ("config".to_owned(), Value::Map(config)),
    ]);
    spec.extend(
        state.filter(|state| state != "running").map(|state| ("state".to_owned(), Value::from(state))),
    );
    let value = document("Connector", id, &id.name, spec);
    Taken::As(Document { id: id.clone(), value, notes })
}
