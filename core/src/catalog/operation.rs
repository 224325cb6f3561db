//! An operation and what a call needs to know about it.

use super::format as code;
use super::kept::{Kept, Places, blocks};
use super::lookup::{self, Node, Style, Unknown};
use super::nearest::nearest;
use super::parameter::{Parameter, Parameters, Place};
use super::table::{Calls, calls_of, layout};
use crate::http::Method;
use std::fmt;

/// One operation of the platform. Copying it is free, and it stays valid for the life of the program.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operation(pub(super) u16);

/// What an operation sends and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JSON or nothing is sent, JSON is answered.
    Json,
    /// A multipart form with a file is sent.
    Upload,
    /// The bytes of a file are sent as they are.
    Bytes,
    /// Bytes are answered.
    Download,
}

/// Where the pages of a list are found, and how the next one is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The list, as a dotted path into the data; empty when the answer holds none.
    pub items: &'static str,
    /// Whether the answer holds several lists.
    pub several: bool,
    /// The token of the next page, as a dotted path into the data.
    pub token: &'static str,
    /// Whether there is a next page, as a dotted path into the data; empty when the answer does not say.
    pub more: &'static str,
    /// The argument that takes the token; in a body a dotted path.
    pub param: &'static str,
    /// Where that argument goes: the query or the body.
    pub place: Place,
    /// What asks for the next page.
    pub style: PagingStyle,
}

/// What asks for the next page of a list. In all but the first, paths lead into the whole answer instead of into its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagingStyle {
    /// A token that the answer gives.
    Token,
    /// A number, counted from one; `token` names the total of items.
    Number,
    /// A cursor that the answer gives.
    Cursor,
    /// The last item that was seen, in a snapshot.
    After,
    /// How many items were seen.
    Offset,
}

impl PagingStyle {
    fn of(code: u8) -> Self {
        match code {
            0 => Self::Token,
            1 => Self::Number,
            2 => Self::Cursor,
            3 => Self::After,
            _ => Self::Offset,
        }
    }
}

impl Operation {
    /// Finds an operation by its id. Both spellings mean the same (`im.v1.batchMessage.getProgress`, `im.v1.batch_message.get_progress`),
    /// in any case, with or without underscores; a part may end in one (`del_`).
    ///
    /// # Errors
    /// [`Unknown`] with the nearest id, in the caller's spelling.
    pub fn find(id: &str) -> Result<Operation, Unknown> {
        Self::find_below(Node::ROOT, id)
    }

    /// Finds an operation by its id in the family that the root belongs to.
    ///
    /// # Errors
    /// As [`Operation::find`].
    pub fn find_below(root: Node, id: &str) -> Result<Operation, Unknown> {
        lookup::operation(root, id).ok_or_else(|| Unknown { name: id.to_owned(), nearest: nearest_id(root, id) })
    }

    /// Every operation of the open platform, in the order of the tree of names.
    pub fn all() -> impl Iterator<Item = Operation> {
        Self::below(Node::ROOT)
    }

    /// Every operation of the family that the root belongs to, in the order of the tree of names.
    pub fn below(root: Node) -> impl Iterator<Item = Operation> {
        let calls = root.calls();
        (0..calls.operations as u16).map(|index| Operation(index | calls.mark))
    }

    /// How many operations the open platform has.
    pub fn count() -> usize {
        layout::OPERATIONS
    }

    /// The id in the catalogue: `document_ai.v1.bankCard.recognize`.
    pub fn id(self) -> String {
        lookup::join(
            &lookup::words(self.calls(), self.item()),
            |depth, word| if depth == 0 { word.to_owned() } else { Style::Camel.spell(word) },
        )
    }

    /// The dotted name in a style: `documentAi.v1.bankCard.recognize` or `document_ai.v1.bank_card.recognize`.
    pub fn name(self, style: Style) -> String {
        lookup::join(&lookup::words(self.calls(), self.item()), |_, word| style.spell(word))
    }

    /// The HTTP method.
    pub fn method(self) -> Method {
        match self.traits() & code::METHOD {
            0 => Method::Get,
            1 => Method::Head,
            2 => Method::Post,
            3 => Method::Put,
            4 => Method::Patch,
            _ => Method::Delete,
        }
    }

    /// The path with its placeholders: `/open-apis/im/v1/messages/:message_id`. A trailing slash counts.
    pub fn path(self) -> &'static str {
        &self.kept().path
    }

    /// The access tokens it accepts.
    pub fn tokens(self) -> Tokens {
        Tokens(self.traits() | self.calls().mark)
    }

    /// What it sends and answers.
    pub fn kind(self) -> Kind {
        match self.traits() {
            traits if traits & code::BYTES != 0 => Kind::Bytes,
            traits if traits & code::UPLOAD != 0 => Kind::Upload,
            traits if traits & code::DOWNLOAD != 0 => Kind::Download,
            _ => Kind::Json,
        }
    }

    /// Its arguments: those of the path in its order, then the query, the body and the headers, each in the order of the catalogue.
    pub fn parameters(self) -> Parameters {
        Parameters::of(self)
    }

    /// The argument of that name; a trailing underscore, by which Python spells reserved words, is overlooked.
    pub fn parameter(self, name: &str) -> Option<Parameter> {
        let plain = name.strip_suffix('_').unwrap_or(name);
        let mut found = None;
        for parameter in self.parameters() {
            if parameter.name == name {
                return Some(parameter);
            }
            if parameter.name == plain {
                found = found.or(Some(parameter));
            }
        }
        found
    }

    /// How its pages are walked, if it answers in pages.
    pub fn paging(self) -> Option<Paging> {
        let calls = self.calls();
        let entry = usize::from(calls.table.byte(calls.paging_of + calls.own(self.0))).checked_sub(1)?;
        let word =
            |index| calls.table.word(usize::from(calls.pagings.get(entry * code::PAGING_WORDS + index).copied().unwrap_or_default()));
        let flags = calls.table.byte(calls.paging_flags + entry);
        let place = if flags & code::IN_BODY != 0 { Place::Body } else { Place::Query };
        let several = flags & code::SEVERAL != 0;
        let style = PagingStyle::of(flags >> code::PAGING_STYLE);
        Some(Paging { items: word(0), several, token: word(1), more: word(2), param: word(3), place, style })
    }

    /// Whether the fields of the answer stand beside `code` and `msg` instead of in `data`.
    pub fn has_root_envelope(self) -> bool {
        self.traits() & code::ROOT_ENVELOPE != 0
    }

    /// Whether it changes nothing, so that it may be sent again: its method reads, or it is marked as a POST that only reads.
    pub fn reads_only(self) -> bool {
        self.traits() & code::READS != 0 || matches!(self.method(), Method::Get | Method::Head)
    }

    /// Whether it takes a body (JSON, or the form of an upload).
    pub fn takes_body(self) -> bool {
        self.traits() & code::TAKES_BODY != 0
    }

    /// Whether it needs the pair of the helpdesk in a header.
    pub fn needs_helpdesk(self) -> bool {
        self.traits() & code::HELPDESK != 0
    }

    /// Whether its answer can be streamed.
    pub fn streams(self) -> bool {
        self.traits() & code::STREAMS != 0
    }

    /// Its place among the platform's operations; Feishu Project's have none.
    #[cfg(feature = "about")]
    pub(crate) fn number(self) -> Option<usize> {
        #[cfg(feature = "project")]
        if self.is_project() {
            return None;
        }
        Some(self.0.into())
    }

    /// The segments of the path from the last to the first: the word's index and its marks.
    pub(super) fn segments_backwards(self) -> impl Iterator<Item = u16> {
        self.calls().path(self.0).iter().rev().copied()
    }

    /// What is kept of it once it was called.
    pub(crate) fn kept(self) -> &'static Kept {
        static KEPT: Places<{ blocks(layout::OPERATIONS) }> = Places::new();
        static NONE: Kept = Kept::NONE;
        #[cfg(feature = "project")]
        if let Some(kept) = super::project::kept(self) {
            return kept;
        }
        KEPT.get(usize::from(self.0), self).unwrap_or(&NONE)
    }

    pub(super) fn calls(self) -> &'static Calls {
        calls_of(self.0)
    }

    fn item(self) -> usize {
        self.calls().nodes + self.calls().own(self.0)
    }

    fn traits(self) -> u16 {
        self.calls().traits(self.0)
    }

    pub(super) fn build_path(self) -> String {
        let mut path = String::new();
        for segment in self.calls().path(self.0) {
            path += if segment & code::PARAMETER != 0 { "/:" } else { "/" };
            path += self.calls().table.word(usize::from(segment & code::SEGMENT));
        }
        path
    }
}

/// Prints the id.
impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id())
    }
}

/// The access tokens an operation accepts. Prints as words of a message: `tenant or user access token`, `plugin or user token`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tokens(u16);

impl Tokens {
    /// Whether a tenant access token will do, or the plugin's token.
    pub fn accepts_tenant(self) -> bool {
        self.0 & code::TENANT != 0
    }

    /// Whether a user access token will do.
    pub fn accepts_user(self) -> bool {
        self.0 & code::USER != 0
    }

    /// Whether an app access token will do.
    pub fn accepts_app(self) -> bool {
        self.0 & code::APP != 0
    }

    /// Whether the operation is called without a token.
    pub fn needs_none(self) -> bool {
        self.0 & (code::TENANT | code::USER | code::APP | code::TOKENS_UNKNOWN) == 0
    }

    /// Whether nobody has documented it: then whatever the caller has is sent.
    pub fn is_unknown(self) -> bool {
        self.0 & code::TOKENS_UNKNOWN != 0
    }

    fn is_of_project(self) -> bool {
        cfg!(feature = "project") && self.0 & code::OF_PROJECT != 0
    }
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (own, token) = if self.is_of_project() { ("plugin", "token") } else { ("tenant", "access token") };
        let each = [(own, self.accepts_tenant()), ("user", self.accepts_user()), ("app", self.accepts_app())];
        let names: Vec<&str> = each.into_iter().filter(|(_, accepted)| *accepted).map(|(name, _)| name).collect();
        match names.as_slice() {
            [] if self.is_unknown() => f.write_str("access token of an unknown kind"),
            [] => write!(f, "no {token}"),
            names => write!(f, "{} {token}", crate::text::join(names, " or ")),
        }
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn nearest_id(root: Node, id: &str) -> Option<String> {
    let snake = id.as_bytes().contains(&b'_') && !id.contains(|letter: char| letter.is_ascii_uppercase());
    let ids: Vec<String> =
        Operation::below(root).map(|operation| if snake { operation.name(Style::Snake) } else { operation.id() }).collect();
    nearest(id, ids.iter().map(String::as_str)).map(str::to_owned)
}
