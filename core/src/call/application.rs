//! How to get the permission without which the platform refused a call.

use super::Call;
use crate::catalog::scopes::{Scopes, narrowest};
use crate::encode;
use crate::envelope::application_page;
use crate::error::{Application, Class, Error};
use crate::text::join;

impl Call {
    /// Adds the page and the import text to a refusal that names scopes.
    pub(super) fn add_application(&self, error: &mut Error) {
        let Some(answer) = error.answer.as_ref().filter(|answer| !answer.missing_scopes.is_empty()) else { return };
        if error.class() != Class::PermissionDenied {
            return;
        }
        let missing: Vec<&str> = answer.missing_scopes.iter().map(String::as_str).collect();
        let least = narrowest(&missing).map(str::to_owned).into_iter().collect();
        let scopes = match self.plan.need.is_of_user() {
            true => Scopes { user: least, ..Scopes::default() },
            false => Scopes { tenant: least, ..Scopes::default() },
        };
        let url = application_page(answer).map_or_else(|| self.console(&missing), str::to_owned);
        error.parts_mut().application = Some(Application { url, import_text: scopes.to_json() });
    }

    fn console(&self, scopes: &[&str]) -> String {
        let mut url = format!("{}/app/{}/auth?q=", self.shared.base.as_str(), self.shared.options.app_id);
        encode::percent(&mut url, &join(scopes, ","));
        url + "&op_from=openapi"
    }
}
