//! Access control lists: who may do what with which resource, from where.

use crate::native::{
    self, ErrorText, Intent, Owned, c_text, failure_of, numbers, optional_text, pointers, text,
};
use crate::{Client, Cluster, Code, Configured, Error, Rights};
use rdkafka_sys::bindings as sys;
use std::ffi::CString;
use sys::{
    rd_kafka_AclBinding_t, rd_kafka_AclOperation_t as COperation,
    rd_kafka_AclPermissionType_t as CPermission, rd_kafka_DeleteAcls_result_response_t,
    rd_kafka_ResourcePatternType_t as CPattern, rd_kafka_ResourceType_t as CResource,
};

/// One entry. Entries form a set: making one again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Acl {
    /// What kind of thing it is about.
    pub resource: AclResource,
    /// Its name; the cluster's is `kafka-cluster`.
    pub name: String,
    /// How the name is meant.
    pub pattern: AclPattern,
    /// Who, with their type: `User:alice`.
    pub principal: String,
    /// From where: an address, or `*`.
    pub host: String,
    /// What.
    pub operation: Operation,
    /// Whether they may.
    pub permission: AclPermission,
}

/// Which entries are meant; what is `None` matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AclFilter {
    /// What kind of thing it is about.
    pub resource: Option<AclResource>,
    /// Its name.
    pub name: Option<String>,
    /// How the name is meant.
    pub pattern: AclPatternFilter,
    /// Who.
    pub principal: Option<String>,
    /// From where.
    pub host: Option<String>,
    /// What.
    pub operation: Option<Operation>,
    /// Whether they may.
    pub permission: Option<AclPermission>,
}

impl From<&Acl> for AclFilter {
    /// Matches this entry and no other one.
    fn from(acl: &Acl) -> Self {
        let Acl { resource, name, pattern, principal, host, operation, permission } = acl.clone();
        Self {
            resource: Some(resource),
            name: Some(name),
            pattern: AclPatternFilter::Exactly(pattern),
            principal: Some(principal),
            host: Some(host),
            operation: Some(operation),
            permission: Some(permission),
        }
    }
}

/// Which patterns are meant by a filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AclPatternFilter {
    /// All.
    #[default]
    Any,
    /// All that apply to a resource of the filter's name.
    Match,
    /// This one.
    Exactly(AclPattern),
}

macro_rules! numbered {
    ($(#[$about:meta])* $name:ident as $native:ident { $($(#[$one:meta])* $variant:ident = $constant:ident,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$one])* $variant,)*
            /// One that is newer than this list, by its number. It can be read and not be sent.
            Other(i32),
        }

        impl $name {
            pub(crate) fn from_number(number: i32) -> Self {
                match number {
                    $(number if number == $native::$constant as i32 => Self::$variant,)*
                    other => Self::Other(other),
                }
            }

            fn native(self) -> Result<$native, Error> {
                match self {
                    $(Self::$variant => Ok($native::$constant),)*
                    Self::Other(number) => Err(Error::Unsupported {
                        message: format!("librdkafka cannot send number {number} of {}", stringify!($name)),
                    }),
                }
            }
        }
    };
}

numbered! {
    /// What kind of thing an entry is about.
    AclResource as CResource {
        /// A topic.
        Topic = RD_KAFKA_RESOURCE_TOPIC,
        /// A group of consumers.
        Group = RD_KAFKA_RESOURCE_GROUP,
        /// The cluster; librdkafka calls it by its older name.
        Cluster = RD_KAFKA_RESOURCE_BROKER,
        /// A producer with transactions.
        TransactionalId = RD_KAFKA_RESOURCE_TRANSACTIONAL_ID,
    }
}

numbered! {
    /// How a name is meant.
    AclPattern as CPattern {
        /// As it is; `*` is every name.
        Literal = RD_KAFKA_RESOURCE_PATTERN_LITERAL,
        /// As the beginning of names.
        Prefixed = RD_KAFKA_RESOURCE_PATTERN_PREFIXED,
    }
}

numbered! {
    /// What somebody does.
    Operation as COperation {
        /// All of the below.
        All = RD_KAFKA_ACL_OPERATION_ALL,
        /// Read.
        Read = RD_KAFKA_ACL_OPERATION_READ,
        /// Write.
        Write = RD_KAFKA_ACL_OPERATION_WRITE,
        /// Create.
        Create = RD_KAFKA_ACL_OPERATION_CREATE,
        /// Delete.
        Delete = RD_KAFKA_ACL_OPERATION_DELETE,
        /// Change.
        Alter = RD_KAFKA_ACL_OPERATION_ALTER,
        /// See that it is there.
        Describe = RD_KAFKA_ACL_OPERATION_DESCRIBE,
        /// What brokers do among themselves.
        ClusterAction = RD_KAFKA_ACL_OPERATION_CLUSTER_ACTION,
        /// See its settings.
        DescribeConfigs = RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS,
        /// Change its settings.
        AlterConfigs = RD_KAFKA_ACL_OPERATION_ALTER_CONFIGS,
        /// Write without repeating.
        IdempotentWrite = RD_KAFKA_ACL_OPERATION_IDEMPOTENT_WRITE,
    }
}

numbered! {
    /// Whether somebody may.
    AclPermission as CPermission {
        /// They may.
        Allow = RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
        /// They may not, whatever else allows it.
        Deny = RD_KAFKA_ACL_PERMISSION_TYPE_DENY,
    }
}

impl Client {
    /// Lists the entries that a filter matches. A cluster without an authorizer is [`Code::SECURITY_DISABLED`].
    ///
    /// librdkafka throws away the error of this one request, and what a broker refuses to list comes as an empty list. So
    /// an empty list is believed only after the cluster has said that we may list entries and that it has an authorizer.
    pub fn describe_acls(&self, filter: &AclFilter) -> Result<Vec<Acl>, Error> {
        let found = self.describe_acls_without_errors(filter)?;
        if found.is_empty() {
            self.may_describe_acls()?;
        }
        Ok(found)
    }

    fn may_describe_acls(&self) -> Result<(), Error> {
        let Cluster { id: _, controller: _, brokers, rights } = self.describe_cluster(Rights::Ask)?;
        let allowed = [Operation::All, Operation::Describe];
        if !rights.is_some_and(|rights| allowed.iter().any(|one| rights.contains(one))) {
            let message = "Cluster authorization failed.".to_owned();
            return Err(Error::Unauthorized { code: Code::CLUSTER_AUTHORIZATION_FAILED, message });
        }
        let Some(broker) = brokers.first() else { return Ok(()) };
        let broker = Configured::Broker(broker.id.to_string());
        let settings = self.describe_configs(std::slice::from_ref(&broker))?.remove(&broker);
        let authorizer = match settings {
            // Something keeps us from its settings, and that is an authorizer.
            None | Some(Err(Error::Unauthorized { code: _, message: _ })) => return Ok(()),
            Some(settings) => settings?.remove("authorizer.class.name"),
        };
        match authorizer {
            Some(entry) if entry.value.as_deref().unwrap_or_default().is_empty() => {
                let message = "No Authorizer is configured.".to_owned();
                Err(Error::Refused { code: Code::SECURITY_DISABLED, message })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn describe_acls_without_errors(&self, filter: &AclFilter) -> Result<Vec<Acl>, Error> {
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBEACLS;
        let request = self.request(operation, Intent::Read)?;
        let filter = native_filter(filter)?;
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: all of them are live until `ask` returns.
            unsafe { sys::rd_kafka_DescribeAcls(client, filter.as_ptr(), options, queue) }
        })?;
        // SAFETY: the accessors of this request; what they lend is borrowed from the answer, and copied.
        let acls = unsafe {
            answer.items(sys::rd_kafka_event_DescribeAcls_result, sys::rd_kafka_DescribeAcls_result_acls)?
        };
        Ok(acls.into_iter().map(read).collect())
    }

    /// Makes entries, and says of each, in the same order, what became of it.
    pub fn create_acls(&self, acls: &[Acl]) -> Result<Vec<Result<(), Error>>, Error> {
        if acls.is_empty() {
            return Ok(Vec::new());
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_CREATEACLS;
        let request = self.request(operation, Intent::Write)?;
        let acls = acls.iter().map(native_acl).collect::<Result<Vec<_>, _>>()?;
        let mut lent = pointers(&acls);
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: as above; entries are copied.
            unsafe { sys::rd_kafka_CreateAcls(client, lent.as_mut_ptr(), lent.len(), options, queue) }
        })?;
        // SAFETY: as above.
        unsafe {
            let results =
                answer.items(sys::rd_kafka_event_CreateAcls_result, sys::rd_kafka_CreateAcls_result_acls)?;
            let outcome =
                |one: &sys::rd_kafka_acl_result_t| Ok(failure_of(sys::rd_kafka_acl_result_error(one))?);
            Ok(results.into_iter().map(outcome).collect())
        }
    }

    /// Deletes the entries that filters match, and lists for each filter, in the same order, which they were.
    pub fn delete_acls(&self, filters: &[AclFilter]) -> Result<Vec<Result<Vec<Acl>, Error>>, Error> {
        if filters.is_empty() {
            return Ok(Vec::new());
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DELETEACLS;
        let request = self.request(operation, Intent::Write)?;
        let filters = filters.iter().map(native_filter).collect::<Result<Vec<_>, _>>()?;
        let mut lent = pointers(&filters);
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: as above; filters are copied.
            unsafe { sys::rd_kafka_DeleteAcls(client, lent.as_mut_ptr(), lent.len(), options, queue) }
        })?;
        // SAFETY: as above.
        let responses = unsafe {
            answer.items(sys::rd_kafka_event_DeleteAcls_result, sys::rd_kafka_DeleteAcls_result_responses)?
        };
        Ok(responses.into_iter().map(deleted).collect())
    }
}

fn deleted(response: &rd_kafka_DeleteAcls_result_response_t) -> Result<Vec<Acl>, Error> {
    // SAFETY: the response is live, and lends the entries.
    unsafe {
        failure_of(sys::rd_kafka_DeleteAcls_result_response_error(response))?;
        let acls = native::lent(response, sys::rd_kafka_DeleteAcls_result_response_matching_acls);
        for acl in &acls {
            failure_of(sys::rd_kafka_AclBinding_error(*acl))?;
        }
        Ok(acls.into_iter().map(read).collect())
    }
}

fn read(acl: &rd_kafka_AclBinding_t) -> Acl {
    // SAFETY: the entry is live; its texts are copied.
    unsafe {
        Acl {
            resource: AclResource::from_number(numbers::rd_kafka_AclBinding_restype(acl)),
            name: text(sys::rd_kafka_AclBinding_name(acl)),
            pattern: AclPattern::from_number(numbers::rd_kafka_AclBinding_resource_pattern_type(acl)),
            principal: text(sys::rd_kafka_AclBinding_principal(acl)),
            host: optional_text(sys::rd_kafka_AclBinding_host(acl)).unwrap_or_else(|| "*".to_owned()),
            operation: Operation::from_number(numbers::rd_kafka_AclBinding_operation(acl)),
            permission: AclPermission::from_number(numbers::rd_kafka_AclBinding_permission_type(acl)),
        }
    }
}

fn native_acl(acl: &Acl) -> Result<Owned<rd_kafka_AclBinding_t>, Error> {
    let Acl { resource, name, pattern, principal, host, operation, permission } = acl;
    let (name, principal, host) = (c_text(name)?, c_text(principal)?, c_text(host)?);
    let mut why = ErrorText::new();
    // SAFETY: the texts are copied, the error has the room that is said, and the entry is ours, freed by `Owned`.
    unsafe {
        let native = sys::rd_kafka_AclBinding_new(
            resource.native()?,
            name.as_ptr(),
            pattern.native()?,
            principal.as_ptr(),
            host.as_ptr(),
            operation.native()?,
            permission.native()?,
            why.as_mut_ptr(),
            why.capacity(),
        );
        Owned::new(native, || why.read())
    }
}

fn native_filter(filter: &AclFilter) -> Result<Owned<rd_kafka_AclBinding_t>, Error> {
    let AclFilter { resource, name, pattern, principal, host, operation, permission } = filter;
    let pattern = match pattern {
        AclPatternFilter::Any => CPattern::RD_KAFKA_RESOURCE_PATTERN_ANY,
        AclPatternFilter::Match => CPattern::RD_KAFKA_RESOURCE_PATTERN_MATCH,
        AclPatternFilter::Exactly(pattern) => pattern.native()?,
    };
    let optional = |text: &Option<String>| text.as_deref().map(c_text).transpose();
    let (name, principal, host) = (optional(name)?, optional(principal)?, optional(host)?);
    let lent = |text: &Option<CString>| text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr());
    let mut why = ErrorText::new();
    // SAFETY: as above; null stands for any.
    unsafe {
        let native = sys::rd_kafka_AclBindingFilter_new(
            resource.map_or(Ok(CResource::RD_KAFKA_RESOURCE_ANY), AclResource::native)?,
            lent(&name),
            pattern,
            lent(&principal),
            lent(&host),
            operation.map_or(Ok(COperation::RD_KAFKA_ACL_OPERATION_ANY), Operation::native)?,
            permission.map_or(Ok(CPermission::RD_KAFKA_ACL_PERMISSION_TYPE_ANY), AclPermission::native)?,
            why.as_mut_ptr(),
            why.capacity(),
        );
        Owned::new(native, || why.read())
    }
}
