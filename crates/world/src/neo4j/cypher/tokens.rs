//! Text to tokens: words, names, texts, numbers, parameters and marks, each with its place.

use crate::neo4j::refusal::Refusal;

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword, or a name without quotes.
    Word(String),
    /// A name in backticks.
    Name(String),
    /// A text in quotes.
    Text(String),
    /// A whole number.
    Number(i64),
    /// `$name`
    Parameter(String),
    /// Anything else, one character each.
    Mark(char),
}

/// A token and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) at: usize,
}

/// Reads all tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, Refusal> {
    let mut rest = Rest { text, at: 0 };
    let mut found = Vec::new();
    loop {
        rest.skip();
        let at = rest.at;
        let Some(first) = rest.peek() else { return Ok(found) };
        let token = rest.token(first).ok_or_else(|| syntax_error(text, at, "a closing quote"))?;
        found.push(Placed { token, at });
    }
}

struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl Rest<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn skip(&mut self) {
        loop {
            self.taken(char::is_whitespace);
            if !self.text[self.at..].starts_with("//") {
                return;
            }
            self.taken(|letter| letter != '\n');
        }
    }

    fn taken(&mut self, is_in: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(next) = self.peek().filter(|next| is_in(*next)) {
            taken.push(next);
            self.at += next.len_utf8();
        }
        taken
    }

    /// None where a quote is not closed.
    fn token(&mut self, first: char) -> Option<Token> {
        if is_letter(first) {
            return Some(Token::Word(self.taken(is_of_word)));
        }
        if first.is_ascii_digit() {
            let digits = self.taken(|digit| digit.is_ascii_digit());
            return Some(Token::Number(digits.parse().unwrap_or(i64::MAX)));
        }
        self.next();
        match first {
            '`' => self.quoted('`').map(Token::Name),
            '\'' | '"' => self.quoted(first).map(Token::Text),
            '$' if self.peek() == Some('`') => {
                self.next();
                self.quoted('`').map(Token::Parameter)
            }
            '$' => Some(Token::Parameter(self.taken(is_of_word))),
            mark => Some(Token::Mark(mark)),
        }
    }

    /// Inside backticks a doubled one is one, inside quotes a backslash escapes.
    fn quoted(&mut self, quote: char) -> Option<String> {
        let mut inside = String::new();
        loop {
            match self.next()? {
                '\\' if quote != '`' => inside.push(escaped(self.next()?)),
                next if next != quote => inside.push(next),
                _ if quote == '`' && self.peek() == Some('`') => inside.extend(self.next()),
                _ => return Some(inside),
            }
        }
    }
}

fn escaped(letter: char) -> char {
    match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        other => other,
    }
}

fn is_letter(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Tells of something that is not what was expected, as 5.26 does.
pub(super) fn syntax_error(text: &str, at: usize, expected: &str) -> Refusal {
    let found = text[at..].split_whitespace().next().unwrap_or_default();
    let message = format!(
        "Invalid input '{found}': expected {expected} (line 1, column {} (offset: {at}))\n\"{text}\"\n{}^",
        at + 1,
        " ".repeat(at + 1)
    );
    Refusal::new("Neo.ClientError.Statement.SyntaxError", message)
}
