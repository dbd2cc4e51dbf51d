//! From tokens to the syntax tree.

mod expression;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::ast::{
    Action, Branch, Command, Definition, Invocation, MAX_TEXT, Node, Operand, Pipeline, Source,
    Span, Variable,
};
use super::lexer::{Kind, Lexer, Token};
use super::{Error, Functions, quote};

/// How deep blocks and parentheses may be nested.
const MAX_NESTING: usize = 100;

/// Parses a text into the template of its name and those it defines.
pub(super) fn parse(
    name: &Arc<str>,
    text: &Arc<str>,
    functions: &Functions,
    stacks: &mut Stacks,
) -> Result<Definitions, Error> {
    let source = Arc::new(Source {
        name: Arc::clone(name),
        text: Arc::clone(text),
    });
    if text.len() > MAX_TEXT {
        return Err(Error::Parse {
            template: Arc::clone(name),
            line: 1,
            message: format!("text is larger than {MAX_TEXT} bytes"),
        });
    }
    stacks.clear();
    let mut parser = Parser {
        text,
        lexer: Lexer::new(text),
        ahead: None,
        newest: 0,
        source,
        functions,
        names: BTreeMap::new(),
        variables: vec![0],
        ranges: 0,
        nesting: 0,
        action: None,
        stacks,
        definitions: HashMap::new(),
    };
    let body = parser.file()?;
    parser.define(Arc::clone(name), body)?;
    Ok(parser.definitions)
}

/// The templates of a text by their names.
pub(super) type Definitions = HashMap<Arc<str>, Arc<Definition>>;

/// Parts of what is not complete; used again for one text after the other.
#[derive(Default)]
pub(crate) struct Stacks {
    /// The nodes of all lists, those of inner lists last.
    nodes: Vec<Node>,
    /// The arguments of all commands, likewise.
    operands: Vec<Operand>,
    /// The later commands of all pipelines, likewise.
    commands: Vec<Command>,
}

impl Stacks {
    fn clear(&mut self) {
        self.nodes.clear();
        self.operands.clear();
        self.commands.clear();
    }
}

type Result<T, E = Error> = std::result::Result<T, E>;

struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    /// A token read and put back.
    ahead: Option<Token>,
    /// Where the newest token starts, for the line in errors.
    newest: u32,
    source: Arc<Source>,
    functions: &'a Functions,
    /// Numbers for the names of variables but `$`, which is 0.
    names: BTreeMap<&'a str, u32>,
    /// The variables in scope.
    variables: Vec<u32>,
    /// How many loops are around.
    ranges: usize,
    nesting: usize,
    /// Where the action being parsed starts.
    action: Option<u32>,
    stacks: &'a mut Stacks,
    definitions: Definitions,
}

/// What ends a list of nodes.
enum End {
    End,
    /// `else`, perhaps of a chain: then the keyword that follows comes next.
    Else,
}

impl Parser<'_> {
    fn next(&mut self) -> Token {
        self.ahead.take().unwrap_or_else(|| {
            let token = self.lexer.next();
            self.newest = token.position;
            token
        })
    }

    fn back(&mut self, token: Token) {
        self.ahead = Some(token);
    }

    fn peek(&mut self) -> Token {
        let token = self.next();
        self.back(token);
        token
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(Error::Parse {
            template: Arc::clone(&self.source.name),
            line: self.source.place(self.newest).0,
            message: message.into(),
        })
    }

    fn unexpected<T>(&self, token: Token, context: &str) -> Result<T> {
        if token.kind != Kind::Error {
            let shown = shown(token.kind, token.of(self.text));
            return self.error(format!("unexpected {shown} in {context}"));
        }
        let message = self.lexer.message();
        let line = |position| self.source.place(position).0;
        let started = match self.action {
            Some(action) if line(action) != line(token.position) => {
                let before = if message.ends_with(" action") {
                    ""
                } else {
                    " in action"
                };
                format!("{before} started at {}:{}", self.source.name, line(action))
            }
            _ => String::new(),
        };
        self.error(format!("{message}{started}"))
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<Token> {
        let token = self.next();
        if token.kind == kind {
            Ok(token)
        } else {
            self.unexpected(token, context)
        }
    }

    fn file(&mut self) -> Result<Box<[Node]>> {
        loop {
            let token = self.next();
            if token.kind == Kind::End {
                return Ok(self.stacks.nodes.drain(..).collect());
            }
            if let Some(end) = self.item(token, true)? {
                return self.error(format!("unexpected {}", end.shown()));
            }
        }
    }

    /// Nodes up to an `end` or `else`.
    fn list(&mut self) -> Result<(Box<[Node]>, End)> {
        if self.nesting >= MAX_NESTING {
            return self.error(format!("blocks are nested deeper than {MAX_NESTING}"));
        }
        self.nesting += 1;
        let begin = self.stacks.nodes.len();
        loop {
            let token = self.next();
            if token.kind == Kind::End {
                return self.error("unexpected EOF");
            }
            if let Some(end) = self.item(token, false)? {
                self.nesting -= 1;
                return Ok((self.stacks.nodes.drain(begin..).collect(), end));
            }
        }
    }

    /// Adds a node, unless the token begins the end of a list.
    fn item(&mut self, token: Token, top: bool) -> Result<Option<End>> {
        match token.kind {
            Kind::Text => {
                let span = Span::new(token.start(), token.end());
                self.stacks.nodes.push(Node::Text(span));
                Ok(None)
            }
            Kind::LeftDelimiter => {
                self.action = Some(token.position);
                let end = self.action(top)?;
                self.action = None;
                Ok(end)
            }
            _ => self.unexpected(token, "input"),
        }
    }

    fn action(&mut self, top: bool) -> Result<Option<End>> {
        let token = self.next();
        if token.kind != Kind::Keyword {
            let action = Action(self.pipeline_from(token, "command", Kind::RightDelimiter)?);
            self.stacks.nodes.push(Node::Action(action));
            return Ok(None);
        }
        let node = match token.of(self.text) {
            "define" if top => {
                self.definition()?;
                return Ok(None);
            }
            "else" => return self.otherwise(),
            "end" => {
                self.expect(Kind::RightDelimiter, "end")?;
                return Ok(Some(End::End));
            }
            "block" => Node::Template(Box::new(self.block()?)),
            "template" => Node::Template(Box::new(self.invocation()?)),
            "break" => self.leave_loop("break", Node::Break)?,
            "continue" => self.leave_loop("continue", Node::Continue)?,
            "if" => Node::If(self.branch("if")?),
            "with" => Node::With(self.branch("with")?),
            "range" => Node::Range(self.branch("range")?),
            _ => return self.unexpected(token, "command"),
        };
        self.stacks.nodes.push(node);
        Ok(None)
    }

    fn otherwise(&mut self) -> Result<Option<End>> {
        let token = self.peek();
        let chained = token.kind == Kind::Keyword && matches!(token.of(self.text), "if" | "with");
        if !chained {
            self.expect(Kind::RightDelimiter, "else")?;
        }
        Ok(Some(End::Else))
    }

    fn leave_loop(&mut self, keyword: &str, node: Node) -> Result<Node> {
        let token = self.next();
        if token.kind != Kind::RightDelimiter {
            return self.unexpected(token, &format!("{{{{{keyword}}}}}"));
        }
        if self.ranges == 0 {
            return self.error(format!("{{{{{keyword}}}}} outside {{{{range}}}}"));
        }
        Ok(node)
    }

    fn branch(&mut self, context: &str) -> Result<Branch> {
        let in_scope = self.variables.len();
        // Most have one condition.
        let mut arms = Vec::with_capacity(1);
        let otherwise = loop {
            let condition = self.pipeline(context, Kind::RightDelimiter)?;
            self.ranges += usize::from(context == "range");
            let (body, end) = self.list()?;
            self.ranges -= usize::from(context == "range");
            arms.push((condition, body));
            if matches!(end, End::End) {
                break None;
            }
            let next = self.peek();
            let chained =
                context != "range" && next.kind == Kind::Keyword && next.of(self.text) == context;
            if !chained {
                break Some(self.last_arm()?);
            }
            self.next();
        };
        self.variables.truncate(in_scope);
        Ok(Branch { arms, otherwise })
    }

    fn last_arm(&mut self) -> Result<Box<[Node]>> {
        match self.list()? {
            (body, End::End) => Ok(body),
            (_, end) => self.error(format!("expected end; found {}", end.shown())),
        }
    }

    fn definition(&mut self) -> Result<()> {
        const CONTEXT: &str = "define clause";
        let token = self.next();
        let name = self.template_name(token, CONTEXT)?;
        self.expect(Kind::RightDelimiter, CONTEXT)?;
        let body = self.separate_body(CONTEXT)?;
        self.define(name, body)
    }

    fn block(&mut self) -> Result<Invocation> {
        const CONTEXT: &str = "block clause";
        let token = self.next();
        let name = self.template_name(token, CONTEXT)?;
        let data = self.pipeline(CONTEXT, Kind::RightDelimiter)?;
        let body = self.separate_body(CONTEXT)?;
        self.define(Arc::clone(&name), body)?;
        Ok(Invocation {
            position: token.position,
            name,
            data: Some(data),
        })
    }

    /// The body of a template of its own: it sees no variables and no loop around it.
    fn separate_body(&mut self, context: &str) -> Result<Box<[Node]>> {
        let variables = std::mem::replace(&mut self.variables, vec![0]);
        let ranges = std::mem::take(&mut self.ranges);
        let (body, end) = self.list()?;
        if !matches!(end, End::End) {
            return self.error(format!("unexpected {} in {context}", end.shown()));
        }
        self.variables = variables;
        self.ranges = ranges;
        Ok(body)
    }

    fn invocation(&mut self) -> Result<Invocation> {
        const CONTEXT: &str = "template clause";
        let token = self.next();
        let name = self.template_name(token, CONTEXT)?;
        let next = self.next();
        let data = if next.kind == Kind::RightDelimiter {
            None
        } else {
            Some(self.pipeline_from(next, CONTEXT, Kind::RightDelimiter)?)
        };
        Ok(Invocation {
            position: token.position,
            name,
            data,
        })
    }

    fn template_name(&self, token: Token, context: &str) -> Result<Arc<str>> {
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return self.unexpected(token, context);
        }
        match quote::unquote(token.of(self.text)) {
            Some(name) => Ok(name.to_key()),
            None => self.error("invalid syntax"),
        }
    }

    /// Adds a definition; a blank one gives way to any other of its name.
    fn define(&mut self, name: Arc<str>, body: Box<[Node]>) -> Result<()> {
        let definition = Definition {
            name: Arc::clone(&name),
            source: Arc::clone(&self.source),
            body,
        };
        match self.definitions.entry(name) {
            Entry::Vacant(free) => {
                free.insert(Arc::new(definition));
            }
            Entry::Occupied(_) if definition.is_blank() => {}
            Entry::Occupied(mut former) if former.get().is_blank() => {
                former.insert(Arc::new(definition));
            }
            Entry::Occupied(_) => {
                let name = super::quote(&definition.name);
                let message = format!("template: multiple definition of template {name}");
                return self.error(message);
            }
        }
        Ok(())
    }
}

impl End {
    fn shown(&self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

/// A token as Go's messages show it.
fn shown(kind: Kind, text: &str) -> String {
    match kind {
        Kind::End => "EOF".into(),
        Kind::Keyword | Kind::Dot | Kind::Nil => format!("<{text}>"),
        _ if text.chars().count() > 10 => {
            let start: String = text.chars().take(10).collect();
            format!("{}...", super::quote(&start))
        }
        _ => super::quote(text),
    }
}

impl Parser<'_> {
    /// The variable that a token names.
    fn variable(&mut self, token: Token) -> Variable {
        let id = match token.of(self.text) {
            "$" => 0,
            name => {
                let next = u32::try_from(self.names.len() + 1).unwrap_or(u32::MAX);
                *self.names.entry(name).or_insert(next)
            }
        };
        let position = token.position;
        Variable { id, position }
    }

    /// Runs `parse` one level of parentheses deeper.
    fn nested(&mut self, parse: impl FnOnce(&mut Self) -> Result<Pipeline>) -> Result<Pipeline> {
        if self.nesting >= MAX_NESTING {
            return self.error("max expression depth exceeded");
        }
        self.nesting += 1;
        let pipeline = parse(self)?;
        self.nesting -= 1;
        Ok(pipeline)
    }
}
