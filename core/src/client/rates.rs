//! Calls of the open platform that keep to the rates of their pages.

use std::time::Duration;

use super::Client;
#[cfg(feature = "isv")]
use crate::auth::Grant;
use crate::catalog::{Operation, Rate};
use crate::http::Method;
#[cfg(feature = "isv")]
use crate::options::AppType;
use crate::pacing::{Paced, Window};
use crate::plan::Need;
use crate::secret::Secret;

/// What holds where no figures are documented: the highest of those that are.
const HIGHEST: Window = Window { calls: 100, span: Duration::from_secs(1) };

impl Client {
    /// How the call of an operation is counted, for a client whose calls are paced.
    pub(super) fn paced(&self, operation: Operation, need: &Need) -> Option<Paced> {
        self.is_paced().then(|| {
            let windows = operation.about().rate().map(windows).filter(|windows| !windows.is_empty());
            let interface = format!("{} {}", operation.method(), operation.path()).into();
            Paced { interface, owner: self.owner(need), windows: windows.unwrap_or_else(|| vec![HIGHEST]) }
        })
    }

    /// The same for a path, which mostly is that of an operation.
    pub(super) fn paced_path(&self, method: Method, path: &str, need: &Need) -> Option<Paced> {
        if !self.is_paced() {
            return None;
        }
        match Operation::at(method, path) {
            Some(operation) => self.paced(operation, need),
            None => Some(Paced { interface: format!("{method} {path}").into(), owner: self.owner(need), windows: vec![HIGHEST] }),
        }
    }

    fn is_paced(&self) -> bool {
        #[cfg(feature = "project")]
        if self.shared.options.project.is_some() {
            return false;
        }
        self.shared.options.pacing
    }

    /// The platform counts for each tenant. A self-built app has one; a user of a store app is of one that the client does not know, and
    /// is counted alone by the token.
    fn owner(&self, need: &Need) -> Option<Secret> {
        match need {
            #[cfg(feature = "isv")]
            Need::Slot(Grant::TenantOf(tenant), _) => Some(Secret::new(tenant.clone())),
            #[cfg(feature = "isv")]
            _ if self.shared.options.app_type == AppType::Store && need.is_of_user() => None,
            _ => Some(Secret::default()),
        }
    }
}

fn windows(rate: Rate) -> Vec<Window> {
    rate.limits.iter().map(|times| Window { calls: times.calls, span: times.period }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Node;
    use crate::options::Options;

    fn client(options: Options) -> Client {
        Client::new(Options { app_id: "cli_1".into(), app_secret: Secret::new("s3cret"), pacing: true, ..options }).unwrap()
    }

    fn paced(id: &str) -> Paced {
        let operation = Operation::find_below(Node::ROOT, id).unwrap();
        client(Options::default()).paced(operation, &Need::Nothing).unwrap()
    }

    fn figures(paced: &Paced) -> Vec<(u32, u64)> {
        paced.windows.iter().map(|window| (window.calls, window.span.as_secs())).collect()
    }

    #[test]
    fn all_figures_of_a_page_hold() {
        for (id, expected) in [
            ("im.v1.message.create", &[(1000, 60), (50, 1)][..]),
            ("docx.v1.chatAnnouncementBlockChildren.batchDelete", &[(5, 1)]),
            ("application.v6.applicationVisibility.patch", &[(20, 60)]),
            ("docx.v1.document.create", &[(100, 1)]),
            ("docx.v1.chatAnnouncementBlock.get", &[(100, 1)]),
        ] {
            assert_eq!(figures(&paced(id)), expected, "{id}");
        }
        for operation in Operation::all() {
            let paced = client(Options::default()).paced(operation, &Need::Nothing).unwrap();
            assert!(paced.windows.iter().all(|window| window.calls > 0 && !window.span.is_zero()), "{}", operation.id());
        }
    }

    #[test]
    fn a_path_is_counted_with_its_operation() {
        let client = client(Options::default());
        let path = |path| client.paced_path(Method::Get, path, &Need::Nothing).unwrap();
        let by_name = paced("contact.v3.user.get");
        for given in ["/open-apis/contact/v3/users/:user_id", "/open-apis/contact/v3/users/ou_1"] {
            let by_path = path(given);
            assert_eq!((&by_path.interface, figures(&by_path)), (&by_name.interface, figures(&by_name)), "{given}");
        }
        assert_eq!(figures(&path("/open-apis/none/v9/such")), [(100, 1)]);
    }

    #[test]
    fn nothing_is_counted_unless_it_is_asked_for() {
        let client = Client::new(Options { app_id: "cli_1".into(), app_secret: Secret::new("s3cret"), ..Options::default() }).unwrap();
        assert!(Operation::all().all(|operation| client.paced(operation, &Need::Nothing).is_none()));
        assert!(client.paced_path(Method::Get, "/open-apis/contact/v3/users/ou_1", &Need::Nothing).is_none());
    }

    #[test]
    #[cfg(feature = "isv")]
    fn tenants_are_counted_apart_and_users_with_their_app() {
        let owner = |client: &Client, need: Need| client.owner(&need).map(|owner| owner.reveal().to_owned());
        let (one, sold) = (client(Options::default()), client(Options { app_type: AppType::Store, ..Options::default() }));
        let of_tenant = |key: &str| sold.for_tenant(key).unwrap().tenant_slot(crate::catalog::Style::Snake).unwrap();
        let user = || Need::Given(Secret::new("u-1"));
        assert_eq!(owner(&one, one.slot(Grant::Tenant)), owner(&one, user()));
        assert_eq!(owner(&sold, of_tenant("t1")).as_deref(), Some("t1"));
        assert_eq!(owner(&sold, of_tenant("t2")).as_deref(), Some("t2"));
        assert_eq!(owner(&sold, user()), None);
    }
}
