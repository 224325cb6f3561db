//! How the platform counts calls, and how far a call has come that waits for its turn.

use std::borrow::Cow;

use super::{Place, Window};
use crate::secret::Secret;
use crate::time::Mono;

/// How a call is counted, and how many may go of those that are counted with it.
#[derive(Debug)]
pub(crate) struct Paced {
    /// Method and path template.
    pub(crate) interface: Cow<'static, str>,
    /// In whose name it is counted; `None`: that of the token that goes out.
    pub(crate) owner: Option<Secret>,
    /// The windows that hold; none where the platform gives no figures: then calls wait only after one of them was refused.
    pub(crate) windows: Vec<Window>,
}

/// What is counted together: one token, or one tenant, on one interface.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Counted {
    pub(crate) owner: Secret,
    pub(crate) interface: Cow<'static, str>,
}

/// How far a call has come that waits for its turn.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// When its turn comes as things stand, if it waits for it.
    pub(crate) ready: Option<Mono>,
    /// Its place among those of this client.
    pub(crate) place: Option<(Counted, Place<Counted>)>,
    /// Its seat among those of a fleet, its dealing with the fleet's store, and what is to be said of that.
    #[cfg(feature = "fleet")]
    pub(crate) seat: Option<(Counted, super::fleet::Seat)>,
    #[cfg(feature = "fleet")]
    pub(crate) flight: Option<super::fleet::Flight>,
    #[cfg(feature = "fleet")]
    pub(crate) complaint: Option<String>,
}

impl Counted {
    /// What a store knows it by: a digest in the place of what may be a token.
    #[cfg(feature = "fleet")]
    pub(crate) fn key(&self, host: &str, app_id: &str) -> String {
        use sha2::{Digest, Sha256};
        let digest = Sha256::new().chain_update(self.owner.reveal()).chain_update("\n").chain_update(self.interface.as_bytes()).finalize();
        crate::auth::Key::new(&[host, app_id, "pace", &crate::encode::base64(&digest)]).as_str().to_owned()
    }
}
