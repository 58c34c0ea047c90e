//! Privileges, as `SHOW … PRIVILEGES AS COMMANDS` writes them: one for each role, database and label.

use super::reader::Reader;
use super::tokens::Token;
use crate::neo4j::refusal::Refusal;

/// What is done with privileges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum Privilege {
    Grant,
    Deny,
    RevokeGrant,
    RevokeDeny,
    RevokeBoth,
}

/// Privileges without `GRANT` before them and `TO role` behind, and the roles they are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) struct Privileges {
    pub(in crate::neo4j) texts: Vec<String>,
    pub(in crate::neo4j) roles: Vec<String>,
}

/// Words before which the names of databases stand, and how the one form of many is written.
const ON: &[(&str, &str)] =
    &[("GRAPH", "GRAPH"), ("GRAPHS", "GRAPH"), ("DATABASE", "DATABASE"), ("DATABASES", "DATABASE")];

/// Words before which the names of labels and types stand.
const OF: &[(&str, &str)] = &[
    ("NODE", "NODE"),
    ("NODES", "NODE"),
    ("RELATIONSHIP", "RELATIONSHIP"),
    ("RELATIONSHIPS", "RELATIONSHIP"),
    ("ELEMENT", "ELEMENT"),
    ("ELEMENTS", "ELEMENT"),
];

/// The writing of several privileges at once.
struct Texts(Vec<String>);

impl Texts {
    fn push(&mut self, piece: &str) {
        self.each(&[piece.to_owned()]);
    }

    /// Goes on with each of these.
    fn each(&mut self, pieces: &[String]) {
        let joined = self.0.iter().flat_map(|text| {
            pieces
                .iter()
                .map(move |piece| if text.is_empty() { piece.clone() } else { format!("{text} {piece}") })
        });
        self.0 = joined.collect();
    }
}

impl Reader<'_> {
    /// Reads privileges up to `end`, which is `TO` or `FROM`, and the roles behind.
    pub(super) fn privileges(&mut self, end: &str) -> Result<Privileges, Refusal> {
        let mut texts = Texts(vec![String::new()]);
        let mut is_on = false;
        while !self.word(end) {
            if self.word("ON") {
                is_on = true;
                texts.push("ON");
                self.on(&mut texts)?;
            } else if let Some((_, word)) = OF.iter().find(|(word, _)| is_on && self.word(word)) {
                let names = self.quoted_names()?;
                texts.each(&names.iter().map(|name| format!("{word} {name}")).collect::<Vec<_>>());
            } else if self.mark('{') {
                let properties = self.quoted_names()?;
                self.expect_mark('}')?;
                texts.each(&properties.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>());
            } else if self.mark('(') {
                let users = self.quoted_names()?;
                self.expect_mark(')')?;
                texts.push(&format!("({})", users.join(", ")));
            } else {
                texts.push(&self.plain(end)?);
            }
        }
        if !is_on {
            return self.fail("'ON'");
        }
        Ok(Privileges { texts: texts.0, roles: self.names()? })
    }

    /// Reads what privileges are on, after `ON`.
    fn on(&mut self, texts: &mut Texts) -> Result<(), Refusal> {
        for home in ["HOME DATABASE", "HOME GRAPH", "DEFAULT DATABASE", "DEFAULT GRAPH"] {
            if self.words(&home.split(' ').collect::<Vec<_>>()) {
                texts.push(home);
                return Ok(());
            }
        }
        if let Some((_, word)) = ON.iter().find(|(word, _)| self.word(word)) {
            let names = self.quoted_names()?;
            texts.each(&names.iter().map(|name| format!("{word} {name}")).collect::<Vec<_>>());
            return Ok(());
        }
        self.expect("DBMS")?;
        texts.push("DBMS");
        Ok(())
    }

    /// Reads a keyword, a star or the name of a procedure.
    fn plain(&mut self, end: &str) -> Result<String, Refusal> {
        match self.step() {
            Some(Token::Word(word)) if matches!(self.peek(0), Some(Token::Mark('.'))) => {
                let mut name = word;
                loop {
                    match self.peek(0).cloned() {
                        Some(Token::Mark(mark @ ('.' | '*' | '?'))) => name.push(mark),
                        Some(Token::Word(word)) if name.ends_with('.') => name.push_str(&word),
                        _ => return Ok(name),
                    }
                    self.step();
                }
            }
            Some(Token::Word(word)) => Ok(word.to_uppercase()),
            Some(Token::Mark('*')) => Ok("*".to_owned()),
            _ => self.fail(&format!("'{end}'")),
        }
    }

    fn quoted_names(&mut self) -> Result<Vec<String>, Refusal> {
        self.several(
            |reader| if reader.mark('*') { Ok("*".to_owned()) } else { Ok(format!("`{}`", reader.name()?)) },
        )
    }
}
