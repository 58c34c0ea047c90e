//! The statements that the simulated servers know, read from text: administration, constraints, a few procedures.
//!
//! Grammar: <https://neo4j.com/docs/operations-manual/current/database-administration/syntax/> and the pages that it
//! names. Parameters are put in while reading. Whatever else somebody sends is a syntax error.

mod access;
mod databases;
mod privileges;
mod reader;
mod servers;
mod show;
mod statement;
mod tokens;

pub(super) use privileges::{Privilege, Privileges};
pub(super) use reader::read;
pub(super) use statement::{
    Access, AliasCommand, Call, Columns, ConstraintCommand, ConstraintRule, Database, EntityType, Home,
    IfThere, Language, Options, Parsed, Password, Role, Server, Show, Shown, Statement, TopologyCounts, User,
    UserChange,
};
