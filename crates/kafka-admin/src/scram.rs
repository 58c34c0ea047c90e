//! Users who log in by SCRAM. A broker keeps a proof of a password, never tells it, and cannot be asked for it: the only way
//! to compare a password is to log in with it.

use crate::native::{Intent, Owned, c_text, failure_of, numbers, pointers, text};
use crate::settings::{Password, ScramMechanism};
use crate::{Client, Each, Error, Rights};
use rdkafka_sys::bindings as sys;
use std::collections::BTreeMap;
use sys::{
    rd_kafka_ScramMechanism_t, rd_kafka_UserScramCredentialAlteration_t,
    rd_kafka_UserScramCredentialsDescription_t,
};

/// A change to one user's credentials.
#[derive(Clone, Debug)]
pub enum ScramChange {
    /// They shall log in with this password, and with no other one by the same mechanism.
    Upsert {
        /// Who.
        user: String,
        /// By which mechanism.
        mechanism: ScramMechanism,
        /// How many rounds a guess costs; brokers want 4096 at the least.
        iterations: i32,
        /// The password.
        password: Password,
        /// What is mixed into the proof; none is 64 random bytes.
        salt: Option<Vec<u8>>,
    },
    /// They shall not log in by this mechanism.
    Delete {
        /// Who.
        user: String,
        /// By which mechanism.
        mechanism: ScramMechanism,
    },
}

impl Client {
    /// Says by which mechanisms users can log in, and with how many iterations; no name is all users. One who is not there
    /// is [`crate::Code::RESOURCE_NOT_FOUND`].
    pub fn describe_scram_users(&self, users: &[&str]) -> Result<Each<BTreeMap<ScramMechanism, i32>>, Error> {
        // The request itself is waited for to its end (`ErrorIs::Dangling`): whether anybody is there is seen sooner so.
        self.describe_cluster(Rights::Skip)?;
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBEUSERSCRAMCREDENTIALS;
        let request = self.request(operation, Intent::Read)?.with_dangling_error();
        let users = users.iter().map(|user| c_text(user)).collect::<Result<Vec<_>, _>>()?;
        let mut lent: Vec<_> = users.iter().map(|user| user.as_ptr()).collect();
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: all of them are live until `ask` returns; names are copied.
            unsafe {
                sys::rd_kafka_DescribeUserScramCredentials(
                    client,
                    lent.as_mut_ptr(),
                    lent.len(),
                    options,
                    queue,
                );
            }
        })?;
        // SAFETY: the accessors of this request; what they lend is borrowed from the answer, and copied.
        let described = unsafe {
            let result = sys::rd_kafka_event_DescribeUserScramCredentials_result;
            answer.items(result, sys::rd_kafka_DescribeUserScramCredentials_result_descriptions)?
        };
        Ok(described.into_iter().map(user).collect())
    }

    /// Changes users, and says of each what became of it. Brokers take one change a user and mechanism in one request.
    pub fn alter_scram_users(&self, changes: &[ScramChange]) -> Result<Each<()>, Error> {
        if changes.is_empty() {
            return Ok(Each::new());
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_ALTERUSERSCRAMCREDENTIALS;
        let request = self.request(operation, Intent::Write)?;
        let changes = changes.iter().map(alteration).collect::<Result<Vec<_>, _>>()?;
        let mut lent = pointers(&changes);
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: as above; changes are copied.
            unsafe {
                sys::rd_kafka_AlterUserScramCredentials(
                    client,
                    lent.as_mut_ptr(),
                    lent.len(),
                    options,
                    queue,
                );
            }
        })?;
        // SAFETY: as above.
        unsafe {
            let result = sys::rd_kafka_event_AlterUserScramCredentials_result;
            let responses = answer.items(result, sys::rd_kafka_AlterUserScramCredentials_result_responses)?;
            let outcome = |one: &sys::rd_kafka_AlterUserScramCredentials_result_response_t| {
                let failed = failure_of(sys::rd_kafka_AlterUserScramCredentials_result_response_error(one));
                let user = text(sys::rd_kafka_AlterUserScramCredentials_result_response_user(one));
                (user, failed.map_err(Error::from))
            };
            Ok(responses.into_iter().map(outcome).collect())
        }
    }
}

fn alteration(change: &ScramChange) -> Result<Owned<rd_kafka_UserScramCredentialAlteration_t>, Error> {
    // SAFETY: name, password and salt are live, of the lengths said, and copied; the change is ours, freed by `Owned`.
    let native = |user: &str, make: &dyn Fn(*const std::ffi::c_char) -> *mut _| unsafe {
        let user = c_text(user)?;
        Owned::new(make(user.as_ptr()), || "no change of a user".to_owned())
    };
    match change {
        ScramChange::Upsert { user, mechanism, iterations, password, salt } => {
            let (password, salt) = (password.reveal().as_bytes(), salt.as_deref().unwrap_or_default());
            if password.is_empty() {
                return Err(Error::Invalid { message: "a user needs a password".to_owned() });
            }
            // SAFETY: as above. Without a salt, librdkafka draws one.
            native(user, &|user| unsafe {
                sys::rd_kafka_UserScramCredentialUpsertion_new(
                    user,
                    number(*mechanism),
                    *iterations,
                    password.as_ptr(),
                    password.len(),
                    salt.as_ptr(),
                    salt.len(),
                )
            })
        }
        ScramChange::Delete { user, mechanism } => {
            // SAFETY: as above.
            native(user, &|user| unsafe {
                sys::rd_kafka_UserScramCredentialDeletion_new(user, number(*mechanism))
            })
        }
    }
}

fn number(mechanism: ScramMechanism) -> rd_kafka_ScramMechanism_t {
    match mechanism {
        ScramMechanism::Sha256 => rd_kafka_ScramMechanism_t::RD_KAFKA_SCRAM_MECHANISM_SHA_256,
        ScramMechanism::Sha512 => rd_kafka_ScramMechanism_t::RD_KAFKA_SCRAM_MECHANISM_SHA_512,
    }
}

fn user(
    description: &rd_kafka_UserScramCredentialsDescription_t,
) -> (String, Result<BTreeMap<ScramMechanism, i32>, Error>) {
    // SAFETY: the description is live; its texts are copied, and it lends as many credentials as it says.
    unsafe {
        let name = text(sys::rd_kafka_UserScramCredentialsDescription_user(description));
        let failed = failure_of(sys::rd_kafka_UserScramCredentialsDescription_error(description));
        let credentials = || {
            let count = sys::rd_kafka_UserScramCredentialsDescription_scramcredentialinfo_count(description);
            (0..count).filter_map(|index| credential(description, index)).collect()
        };
        (name, failed.map_err(Error::from).map(|()| credentials()))
    }
}

/// Reads one credential; one by a mechanism that Kafka does not have yet is left out.
///
/// # Safety
///
/// The description has a credential of this index.
unsafe fn credential(
    description: &rd_kafka_UserScramCredentialsDescription_t,
    index: usize,
) -> Option<(ScramMechanism, i32)> {
    // SAFETY: the caller vouches for the index.
    unsafe {
        let info =
            sys::rd_kafka_UserScramCredentialsDescription_scramcredentialinfo(description, index).as_ref()?;
        let mechanism = match numbers::rd_kafka_ScramCredentialInfo_mechanism(info) {
            1 => ScramMechanism::Sha256,
            2 => ScramMechanism::Sha512,
            _ => return None,
        };
        Some((mechanism, sys::rd_kafka_ScramCredentialInfo_iterations(info)))
    }
}
