//! A wanted resource in the form that is compared and sent, whichever family it belongs to.

use super::kubernetes;
use super::settings::Settings;
use crate::engine::fingerprint::Fingerprint;
use crate::engine::id::ResourceId;
use crate::engine::value::Value;
use std::sync::Arc;

/// A wanted resource in the form that is compared and sent, and how it is compared.
#[derive(Clone, Debug)]
pub enum Normal {
    /// A Kubernetes object.
    Kubernetes {
        /// What is compared and sent.
        normal: kubernetes::Normal,
        /// How.
        shape: kubernetes::Shape,
    },
    /// A map of named settings: a topic, a connector.
    Settings(Settings),
}

impl Normal {
    /// Returns what is sent, secrets by reference.
    #[must_use]
    pub fn value(&self) -> &Arc<Value> {
        match self {
            Self::Kubernetes { normal, shape: _ } => &normal.value,
            Self::Settings(settings) => &settings.value,
        }
    }

    /// Returns its address.
    #[must_use]
    pub fn id(&self) -> &ResourceId {
        match self {
            Self::Kubernetes { normal, shape: _ } => &normal.id,
            Self::Settings(settings) => &settings.id,
        }
    }

    /// Returns what tells whether the wanted resource is the one that was applied last.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Kubernetes { normal, shape: _ } => normal.fingerprint(),
            Self::Settings(settings) => settings.fingerprint(),
        }
    }

    /// Returns the object and how it is compared, if this is one of Kubernetes.
    #[must_use]
    pub fn kubernetes(&self) -> Option<(&kubernetes::Normal, &kubernetes::Shape)> {
        match self {
            Self::Kubernetes { normal, shape } => Some((normal, shape)),
            Self::Settings(_) => None,
        }
    }
}
