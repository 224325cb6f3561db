//! What a program really calls.

use super::Client;
use crate::catalog::Operation;

impl Client {
    /// The operations of the platform that this client and its views have called so far, by their ids; for
    /// [`scopes::Wanted`](crate::catalog::scopes::Wanted). A call of any path is not among them.
    pub fn used_operations(&self) -> Vec<Operation> {
        Operation::all().filter(|operation| operation.number().is_some_and(|number| self.shared.used.has(number))).collect()
    }
}
