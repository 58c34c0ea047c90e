//! Reads statements word by word; what a parameter stands for is put in at once.

use super::statement::{Language, Parsed, Statement, TopologyCounts};
use super::tokens::{Placed, Token, syntax_error, tokens};
use crate::neo4j::refusal::Refusal;
use serde_json::{Map, Value as Json};

/// Reads one statement.
pub(in crate::neo4j) fn read(text: &str, parameters: &Map<String, Json>) -> Result<Parsed, Refusal> {
    let mut reader = Reader { text, tokens: tokens(text)?, at: 0, parameters };
    let language = reader.language()?;
    let statement = reader.statement()?;
    reader.mark(';');
    reader.end()?;
    Ok(Parsed { language, statement })
}

pub(super) struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Placed>,
    at: usize,
    parameters: &'a Map<String, Json>,
}

impl Reader<'_> {
    fn language(&mut self) -> Result<Language, Refusal> {
        if !self.word("CYPHER") {
            return Ok(Language::Default);
        }
        match self.number()? {
            5 => Ok(Language::Cypher5),
            25 => Ok(Language::Cypher25),
            _ => self.fail("'5' or '25'"),
        }
    }

    fn statement(&mut self) -> Result<Statement, Refusal> {
        if self.word("SHOW") {
            return self.show();
        }
        if self.word("CALL") {
            return self.call();
        }
        if self.word("RETURN") {
            return self.returned();
        }
        if let Some(statement) = self.of_servers()? {
            return Ok(statement);
        }
        if let Some(statement) = self.of_databases()? {
            return Ok(statement);
        }
        if let Some(statement) = self.of_access()? {
            return Ok(statement);
        }
        self.fail("'ALTER', 'CALL', 'CREATE', 'DEALLOCATE', 'DENY', 'DROP', 'DRYRUN', 'ENABLE SERVER', 'GRANT', 'REALLOCATE', 'RENAME', 'RETURN', 'REVOKE', 'SHOW', 'START DATABASE' or 'STOP DATABASE'")
    }

    fn returned(&mut self) -> Result<Statement, Refusal> {
        let from = self.place();
        let value = self.literal()?;
        let until = self.place();
        let text = self.text[from..until].trim().to_owned();
        let name = if self.word("AS") { self.name()? } else { text };
        Ok(Statement::Return { name, value })
    }

    pub(super) fn place(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |placed| placed.at)
    }

    pub(super) fn fail<T>(&self, expected: &str) -> Result<T, Refusal> {
        Err(syntax_error(self.text, self.place(), expected))
    }

    fn end(&self) -> Result<(), Refusal> {
        if self.at == self.tokens.len() { Ok(()) } else { self.fail("the end of the statement") }
    }

    pub(super) fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|placed| &placed.token)
    }

    pub(super) fn step(&mut self) -> Option<Token> {
        let token = self.peek(0).cloned();
        self.at += usize::from(token.is_some());
        token
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.peek(ahead), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word))
    }

    /// Goes past a keyword, if it comes next.
    pub(super) fn word(&mut self, word: &str) -> bool {
        self.words(&[word])
    }

    /// Goes past all of these keywords, or past none.
    pub(super) fn words(&mut self, words: &[&str]) -> bool {
        let found = words.iter().enumerate().all(|(ahead, word)| self.is_word(ahead, word));
        self.at += if found { words.len() } else { 0 };
        found
    }

    /// Goes past one of these keywords: singular or plural.
    pub(super) fn either(&mut self, one: &str, other: &str) -> bool {
        self.word(one) || self.word(other)
    }

    pub(super) fn expect(&mut self, word: &str) -> Result<(), Refusal> {
        if self.word(word) { Ok(()) } else { self.fail(&format!("'{word}'")) }
    }

    pub(super) fn mark(&mut self, mark: char) -> bool {
        let found = self.peek(0) == Some(&Token::Mark(mark));
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect_mark(&mut self, mark: char) -> Result<(), Refusal> {
        if self.mark(mark) { Ok(()) } else { self.fail(&format!("'{mark}'")) }
    }

    /// Reads a name: bare, with dots, in backticks, or as a parameter.
    pub(super) fn name(&mut self) -> Result<String, Refusal> {
        match self.peek(0).cloned() {
            Some(Token::Parameter(name)) => self.text_of(&name),
            Some(Token::Name(name)) => {
                self.at += 1;
                Ok(name)
            }
            Some(Token::Word(word)) => {
                self.at += 1;
                let mut name = word;
                while let (Some(Token::Mark('.')), Some(Token::Word(next))) = (self.peek(0), self.peek(1)) {
                    name = format!("{name}.{next}");
                    self.at += 2;
                }
                Ok(name)
            }
            _ => self.fail("an identifier"),
        }
    }

    /// Reads names, a comma between them.
    pub(super) fn names(&mut self) -> Result<Vec<String>, Refusal> {
        self.several(Self::name)
    }

    pub(super) fn several<T>(
        &mut self,
        one: impl Fn(&mut Self) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        let mut all = vec![one(self)?];
        while self.mark(',') {
            all.push(one(self)?);
        }
        Ok(all)
    }

    /// Reads a text, quoted or as a parameter.
    pub(super) fn text(&mut self) -> Result<String, Refusal> {
        match self.peek(0).cloned() {
            Some(Token::Parameter(name)) => self.text_of(&name),
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(text)
            }
            _ => self.fail("a string"),
        }
    }

    pub(super) fn number(&mut self) -> Result<i64, Refusal> {
        match self.peek(0).cloned() {
            Some(Token::Number(number)) => {
                self.at += 1;
                Ok(number)
            }
            Some(Token::Parameter(name)) => {
                let value = self.parameter(&name)?;
                value.as_i64().map_or_else(|| wrong_type(&name, "INTEGER"), Ok)
            }
            _ => self.fail("an integer value"),
        }
    }

    fn parameter(&mut self, name: &str) -> Result<Json, Refusal> {
        self.at += 1;
        self.parameters.get(name).cloned().ok_or_else(|| {
            Refusal::new(
                "Neo.ClientError.Statement.ParameterMissing",
                format!("Expected parameter(s): {name}"),
            )
        })
    }

    fn text_of(&mut self, parameter: &str) -> Result<String, Refusal> {
        let value = self.parameter(parameter)?;
        value.as_str().map_or_else(|| wrong_type(parameter, "STRING"), |text| Ok(text.to_owned()))
    }

    /// Reads a value.
    pub(super) fn literal(&mut self) -> Result<Json, Refusal> {
        if self.mark('{') {
            return self.map();
        }
        if self.mark('[') {
            let items = if self.mark(']') {
                return Ok(Json::Array(Vec::new()));
            } else {
                self.several(Self::literal)?
            };
            self.expect_mark(']')?;
            return Ok(Json::Array(items));
        }
        if self.mark('-') {
            return Ok(Json::from(-self.number()?));
        }
        for (word, value) in [("true", Json::Bool(true)), ("false", Json::Bool(false)), ("null", Json::Null)]
        {
            if self.word(word) {
                return Ok(value);
            }
        }
        match self.peek(0).cloned() {
            Some(Token::Number(number)) => {
                self.at += 1;
                Ok(Json::from(number))
            }
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(Json::from(text))
            }
            Some(Token::Parameter(name)) => self.parameter(&name),
            _ => self.fail("an expression"),
        }
    }

    fn map(&mut self) -> Result<Json, Refusal> {
        let mut map = Map::new();
        while !self.mark('}') {
            if !map.is_empty() {
                self.expect_mark(',')?;
            }
            let key = self.name()?;
            self.expect_mark(':')?;
            map.insert(key, self.literal()?);
        }
        Ok(Json::Object(map))
    }

    /// Reads `OPTIONS {…}`, if it comes next.
    pub(super) fn options(&mut self) -> Result<Option<Map<String, Json>>, Refusal> {
        if !self.word("OPTIONS") {
            return Ok(None);
        }
        match self.literal()? {
            Json::Object(options) => Ok(Some(options)),
            _ => self.fail("a map"),
        }
    }

    /// Reads `TOPOLOGY 3 PRIMARIES 2 SECONDARIES`, if it comes next.
    pub(super) fn topology(&mut self) -> Result<Option<TopologyCounts>, Refusal> {
        if !self.word("TOPOLOGY") {
            return Ok(None);
        }
        let (mut primaries, mut secondaries) = (None, None);
        while matches!(self.peek(0), Some(Token::Number(_) | Token::Parameter(_))) {
            let count = self.number()?;
            if self.either("PRIMARY", "PRIMARIES") {
                primaries = Some(count);
            } else if self.either("SECONDARY", "SECONDARIES") {
                secondaries = Some(count);
            } else {
                return self.fail("'PRIMARY', 'PRIMARIES', 'SECONDARY' or 'SECONDARIES'");
            }
        }
        match primaries {
            Some(primaries) => Ok(Some(TopologyCounts { primaries, secondaries: secondaries.unwrap_or(0) })),
            None => self.fail("an integer value"),
        }
    }
}

fn wrong_type<T>(parameter: &str, wanted: &str) -> Result<T, Refusal> {
    Err(Refusal::new(
        "Neo.ClientError.Statement.TypeError",
        format!("Expected parameter ${parameter} to have type {wanted}"),
    ))
}
