//! From tokens to a tree, by precedence; depth and size are bounded while it is built.

use super::functions::{Style, called};
use super::operators::Operator;
use super::token::{Token, tokens};
use super::tree::{Access, Literal, Loop, Node, What};
use super::{Fault, MOST_DEPTH, MOST_NODES};
use std::ops::Range;
use std::sync::Arc;

/// Words that CEL keeps for itself, except as names of fields.
const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, end: text.len(), depth: 0, nodes: 0 };
    let node = parser.expression()?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(Fault::new(parser.here(), "the expression is over here, and something follows")),
    }
}

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    next: usize,
    end: usize,
    depth: u16,
    nodes: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    /// Where the next token stands; one past the end if there is none.
    fn here(&self) -> Range<usize> {
        self.tokens.get(self.next).map_or(self.end..self.end + 1, |(_, at)| at.clone())
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(next)) if *next == sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<usize, Fault> {
        let at = self.here();
        if self.take(sign) { Ok(at.end) } else { Err(Fault::new(at, format!("`{sign}` is missing here"))) }
    }

    fn node(&mut self, at: Range<usize>, what: What) -> Result<Node, Fault> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(Fault::new(at, format!("this expression has more than {MOST_NODES} parts")));
        }
        Ok(Node { at, what })
    }

    fn deeper<T>(&mut self, of: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let depth = self.depth;
        self.grow()?;
        let result = of(self);
        self.depth = depth;
        result
    }

    /// One level more. Chains grow too: `a + b + c` is as deep as it is long.
    fn grow(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth <= MOST_DEPTH {
            return Ok(());
        }
        Err(Fault::new(self.here(), format!("this expression is nested more than {MOST_DEPTH} deep")))
    }

    fn expression(&mut self) -> Result<Node, Fault> {
        self.deeper(|parser| {
            let condition = parser.binary(0)?;
            if !parser.take("?") {
                return Ok(condition);
            }
            let then = parser.binary(0)?;
            parser.expect(":")?;
            let otherwise = parser.expression()?;
            let at = condition.at.start..otherwise.at.end;
            let (condition, then) = (Box::new(condition), Box::new(then));
            parser.node(at, What::Choose { condition, then, otherwise: Box::new(otherwise) })
        })
    }

    fn binary(&mut self, weakest: u8) -> Result<Node, Fault> {
        let depth = self.depth;
        let mut left = self.unary()?;
        while let Some((joint, strength)) = self.joint().filter(|(_, strength)| *strength >= weakest) {
            self.next += 1;
            self.grow()?;
            let right = self.binary(strength + 1)?;
            let at = left.at.start..right.at.end;
            let (one, two) = (Box::new(left), Box::new(right));
            left = self.node(at, joint.between(one, two))?;
        }
        self.depth = depth;
        Ok(left)
    }

    fn joint(&self) -> Option<(Joint, u8)> {
        let operator = |operator| Some((Joint::Operator(operator), Operator::strength(operator)));
        match self.peek()? {
            Token::Sign("||") => Some((Joint::Any, 0)),
            Token::Sign("&&") => Some((Joint::All, 1)),
            Token::Sign(sign) => operator(Operator::of(sign)?),
            Token::Word(word) if &**word == "in" => operator(Operator::In),
            Token::Word(_) | Token::Whole(_) | Token::Float(_) | Token::Text(_) => None,
        }
    }

    fn unary(&mut self) -> Result<Node, Fault> {
        let at = self.here();
        if self.take("!") {
            let of = self.deeper(Self::unary)?;
            return self.node(at.start..of.at.end, What::Not(Box::new(of)));
        }
        if !self.take("-") {
            return self.member();
        }
        // The lowest whole number has no positive counterpart, so sign and number are read as one.
        if let Some(Token::Whole(number)) = self.peek().cloned() {
            let written = at.start..self.here().end;
            self.next += 1;
            let number = 0_i64.checked_sub_unsigned(number);
            let number = number.ok_or_else(|| too_large(written.clone()))?;
            let first = self.node(written, What::Literal(Literal::Int(number)))?;
            return self.members(first);
        }
        let of = self.deeper(Self::unary)?;
        self.node(at.start..of.at.end, What::Negate(Box::new(of)))
    }

    fn member(&mut self) -> Result<Node, Fault> {
        let first = self.primary()?;
        self.members(first)
    }

    fn members(&mut self, mut node: Node) -> Result<Node, Fault> {
        let depth = self.depth;
        loop {
            let sort = if matches!(self.peek(), Some(Token::Sign(".?" | "[?"))) {
                Access::Optional
            } else {
                Access::Sure
            };
            if self.take(".") || self.take(".?") {
                self.grow()?;
                node = self.dotted(node, sort)?;
            } else if self.take("[") || self.take("[?") {
                self.grow()?;
                let key = self.expression()?;
                let at = node.at.start..self.expect("]")?;
                let (of, key) = (Box::new(node), Box::new(key));
                node = self.node(at, What::Index { of, key, sort })?;
            } else {
                self.depth = depth;
                return Ok(node);
            }
        }
    }

    fn dotted(&mut self, of: Node, sort: Access) -> Result<Node, Fault> {
        let (field, at) = self.word("the name of a field")?;
        if sort == Access::Sure && self.take("(") {
            return self.method(of, &field, at);
        }
        let at = of.at.start..at.end;
        self.node(at, What::Select { of: Box::new(of), field, sort })
    }

    fn word(&mut self, what: &str) -> Result<(Arc<str>, Range<usize>), Fault> {
        let at = self.here();
        match self.peek().cloned() {
            Some(Token::Word(word)) => {
                self.next += 1;
                Ok((word, at))
            }
            _ => Err(Fault::new(at, format!("{what} is missing here"))),
        }
    }

    fn method(&mut self, of: Node, name: &str, at: Range<usize>) -> Result<Node, Fault> {
        let sort = match name {
            "all" => Loop::All,
            "exists" => Loop::Exists,
            "exists_one" | "existsOne" => Loop::ExistsOne,
            "map" => Loop::Map,
            "filter" => Loop::Filter,
            _ => {
                let (mut arguments, end) = self.arguments(")")?;
                let start = of.at.start;
                arguments.insert(0, of);
                return self.call(name, Style::Method, arguments, (at, start..end));
            }
        };
        self.comprehension(sort, of)
    }

    fn comprehension(&mut self, sort: Loop, of: Node) -> Result<Node, Fault> {
        let (variable, _) = self.word("the name of a variable")?;
        self.expect(",")?;
        let mut body = self.expression()?;
        let mut filter = None;
        if sort == Loop::Map && self.take(",") {
            filter = Some(Box::new(body));
            body = self.expression()?;
        }
        let at = of.at.start..self.expect(")")?;
        self.node(at, What::Loop { sort, over: Box::new(of), variable, filter, body: Box::new(body) })
    }

    /// Reads expressions up to a closing sign, and returns where that ends. A comma may stand before it.
    fn arguments(&mut self, close: &str) -> Result<(Vec<Node>, usize), Fault> {
        let mut arguments = Vec::new();
        loop {
            let end = self.here().end;
            if self.take(close) {
                return Ok((arguments, end));
            }
            arguments.push(self.expression()?);
            if !self.take(",") {
                return Ok((arguments, self.expect(close)?));
            }
        }
    }

    fn call(
        &mut self,
        name: &str,
        style: Style,
        arguments: Vec<Node>,
        (at, whole): (Range<usize>, Range<usize>),
    ) -> Result<Node, Fault> {
        let what = called(name, style, arguments, at)?;
        self.node(whole, what)
    }

    fn primary(&mut self) -> Result<Node, Fault> {
        let at = self.here();
        let Some(token) = self.peek().cloned() else {
            return Err(Fault::new(at, "something is missing at the end"));
        };
        self.next += 1;
        let literal = match token {
            Token::Text(text) => Literal::Text(text),
            Token::Float(number) => Literal::Float(number),
            Token::Whole(number) => Literal::Int(i64::try_from(number).map_err(|_| too_large(at.clone()))?),
            Token::Word(word) => return self.named(&word, at),
            Token::Sign("(") => {
                let inner = self.expression()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign("[") => {
                let (items, end) = self.arguments("]")?;
                return self.node(at.start..end, What::List(items));
            }
            Token::Sign("{") => return self.map(at.start),
            Token::Sign(sign) => return Err(Fault::new(at, format!("a value is missing before `{sign}`"))),
        };
        self.node(at, What::Literal(literal))
    }

    fn named(&mut self, word: &Arc<str>, at: Range<usize>) -> Result<Node, Fault> {
        let literal = match &**word {
            "true" => Literal::Bool(true),
            "false" => Literal::Bool(false),
            "null" => Literal::Null,
            "in" => return Err(Fault::new(at, "a value is missing before `in`")),
            word if RESERVED.contains(&word) => {
                return Err(Fault::new(at, format!("`{word}` is a word that CEL keeps for itself")));
            }
            "has" if self.take("(") => return self.has(at.start),
            name if self.take("(") => {
                let (arguments, end) = self.arguments(")")?;
                let whole = at.start..end;
                return self.call(name, Style::Function, arguments, (at, whole));
            }
            _ => return self.node(at, What::Name(Arc::clone(word))),
        };
        self.node(at, What::Literal(literal))
    }

    fn has(&mut self, start: usize) -> Result<Node, Fault> {
        let inner = self.expression()?;
        let end = self.expect(")")?;
        match inner.what {
            What::Select { of, field, sort: Access::Sure } => self.node(start..end, What::Has { of, field }),
            _ => Err(Fault::new(inner.at, "`has` asks for a field").label("write `has(a.b)`")),
        }
    }

    fn map(&mut self, start: usize) -> Result<Node, Fault> {
        let mut entries = Vec::new();
        loop {
            let end = self.here().end;
            if self.take("}") {
                return self.node(start..end, What::Map(entries));
            }
            let key = self.expression()?;
            self.expect(":")?;
            entries.push((key, self.expression()?));
            if !self.take(",") {
                let end = self.expect("}")?;
                return self.node(start..end, What::Map(entries));
            }
        }
    }
}

/// What stands between two operands.
enum Joint {
    All,
    Any,
    Operator(Operator),
}

impl Joint {
    fn between(self, one: Box<Node>, two: Box<Node>) -> What {
        match self {
            Self::All => What::All(one, two),
            Self::Any => What::Any(one, two),
            Self::Operator(operator) => What::Binary(operator, one, two),
        }
    }
}

fn too_large(at: Range<usize>) -> Fault {
    Fault::new(at, "this number does not fit 64 bits")
}
