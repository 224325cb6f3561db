//! Signatures with which a web page inside the platform's client may use its functions.
//!
//! See the platform's page on the [authentication of pages](https://open.feishu.cn/document/ukTMukTMukTM/uYTM5UjL2ETO14iNxkTN/h5_js_sdk/authorization).

use std::sync::Arc;

use super::{Client, Identity, as_app};
use crate::auth::{Grant, Key};
use crate::call::Call;
use crate::catalog::Style;
use crate::error::Error;
use crate::jsapi::page;
use crate::options::CallOptions;
use crate::plan::{Need, Plan};
use crate::random::{Entropy, Random};

impl Client {
    /// A call that signs for the page at `url`: it answers with what the page passes to the platform's function `config`,
    /// `{"appId", "timestamp", "nonceStr", "signature"}`, the time in milliseconds since 1970.
    ///
    /// `url` is the page's own address with its query; what stands behind `#` does not count. The ticket that is signed with is fetched
    /// when it is needed and kept like a token. A signature holds for ten minutes and once.
    ///
    /// # Errors
    /// [`Class::Argument`](crate::Class::Argument) for what is no address of a page, [`Class::Config`](crate::Class::Config) on a view with a
    /// user's authority.
    pub fn jsapi_sign(&self, url: &str, style: Style, options: &CallOptions, entropy: Entropy) -> Result<Call, Error> {
        options.check()?;
        self.check_platform()?;
        let page = page(url)?.to_owned();
        let tenant = match (&self.identity, self.user_need()) {
            (_, Some(_)) => {
                return Err(Error::config("signatures are the app's, and this view has a user's authority").with_remedy(as_app(style)));
            }
            (Identity::Tenant(Grant::TenantOf(tenant), _), _) => Some(tenant.clone()),
            _ => None,
        };
        // A store app without a tenant is told so here.
        self.tenant_slot(style)?;
        let key = Key::new(&[self.base_url(), self.app_id(), "jsapi", tenant.as_deref().unwrap_or_default()]);
        let plan = Plan {
            name: "jsapi.sign".into(),
            template: "/open-apis/jssdk/ticket/get".into(),
            need: Need::Slot(Grant::JsTicket(tenant), key),
            page: Some(page),
            ..Plan::default()
        };
        Ok(self.start(plan, options, Random::new(entropy)))
    }
}

impl crate::shared::Shared {
    /// The token with which a ticket for signatures is fetched, and its slot.
    pub(crate) fn means_of_ticket(&self, tenant: Option<&Arc<str>>) -> (Grant, Key) {
        match tenant {
            Some(tenant) => {
                let grant = Grant::TenantOf(tenant.clone());
                let key = Key::new(&[self.base.as_str(), &self.options.app_id, grant.kind(), tenant]);
                (grant, key)
            }
            None => (Grant::Tenant, self.key(&Grant::Tenant).clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Secret};

    #[test]
    fn what_is_no_page_is_refused() {
        let options = Options { app_id: "cli_1".into(), app_secret: Secret::new("s3cret"), ..Options::default() };
        let client = Client::new(options).unwrap();
        let sign = |client: &Client, url: &str| client.jsapi_sign(url, Style::Camel, &CallOptions::default(), Entropy([1; 32])).map(|_| ());
        for wrong in ["", "/page", "example.com", "https://", "https:///x", "ftp://example.com", "https://example.com/a b", "#https://a"] {
            assert!(sign(&client, wrong).unwrap_err().to_string().starts_with("url is no address of a page"), "{wrong}");
        }
        let user = client.as_user(Secret::new("u-1")).unwrap();
        assert!(sign(&user, "https://example.com").unwrap_err().to_string().ends_with("a user's authority; client.asApp()"));
    }
}
