//! What the load of databases asks for, in words: nobody's step does it, so what to write is told.

use crate::engine::plan::{Advice, Said};
use crate::report::{humane, words};
use crate::resources::neo4j::autoscaling::{Because, Recommendation};

/// Returns what is told of one cluster.
pub(super) fn advice(advice: &Advice) -> String {
    let Advice { document, secondaries, bounds, said } = advice;
    let there = if *secondaries == 1 { "secondary".to_owned() } else { format!("{secondaries} secondaries") };
    match said {
        Said::Unknown(None) => format!(
            "{document}: nobody measures what its {there} use: the metrics API has nothing of them (metrics-server brings it)"
        ),
        Said::Unknown(Some(why)) => {
            format!("{document}: what its {there} use is not known: {}", words::why(why))
        }
        Said::Recommended(Recommendation { percent, count, because }) => {
            let target = bounds.target_percent;
            let follows = match because {
                Because::Fits => "as many as now".to_owned(),
                Because::TooMuch => format!("{count} would do. {}", write(*count)),
                Because::AtMost => {
                    format!("more would be needed, and no more than {} are allowed", bounds.max)
                }
                Because::TooLittle => format!("{count} would do. {}", write(*count)),
                Because::TooLittleNow => format!(
                    "{} would do, if it stays like this for {}",
                    secondaries.saturating_sub(1),
                    humane::duration(bounds.stabilization)
                ),
                Because::AtLeast => format!("fewer would do, and no fewer than {} are allowed", bounds.min),
                Because::Needed => format!("fewer would do, and a database is on {secondaries}"),
            };
            format!(
                "{document}: its {there} use {percent} % of the processors they asked for, {target} % is aimed at: {follows}"
            )
        }
    }
}

fn write(count: u32) -> String {
    format!(
        "Write `servers.secondaries.count: {count}`, and as many secondaries in the `topology` of what is read there"
    )
}
