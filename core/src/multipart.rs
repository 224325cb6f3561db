//! Forms that carry files (RFC 7578), written as the platform documents them.

use bytes::Bytes;

use crate::encode::part_name;
use crate::http::Piece;

/// A form under construction: text parts in the order they are added, files between them without a copy.
pub(crate) struct Form {
    boundary: String,
    text: String,
    pieces: Vec<Piece>,
}

impl Form {
    /// Begins a form; no content may hold the boundary.
    pub(crate) fn new(boundary: String) -> Self {
        Self { boundary, text: String::with_capacity(512), pieces: Vec::with_capacity(3) }
    }

    /// The value of the `Content-Type` header.
    pub(crate) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// Adds a text part, which carries no content type.
    pub(crate) fn push_text(&mut self, name: &str, value: &str) {
        self.begin_part(name);
        self.text.push_str("\r\n\r\n");
        self.text.push_str(value);
        self.text.push_str("\r\n");
    }

    /// Adds a file; the platform goes by the part's name, not by the file's.
    pub(crate) fn push_file(&mut self, name: &str, file_name: Option<&str>, content: Piece) {
        self.begin_part(name);
        self.text.push_str("; filename=\"");
        self.text.push_str(&part_name(file_name.unwrap_or("blob")));
        self.text.push_str("\"\r\nContent-Type: application/octet-stream\r\n\r\n");
        self.end_piece();
        self.pieces.push(content);
        self.text.push_str("\r\n");
    }

    /// Ends the form and gives its pieces.
    pub(crate) fn finish(mut self) -> Vec<Piece> {
        self.text.extend(["--", &self.boundary, "--\r\n"]);
        self.end_piece();
        self.pieces
    }

    fn begin_part(&mut self, name: &str) {
        self.text.extend(["--", &self.boundary, "\r\nContent-Disposition: form-data; name=\"", &part_name(name), "\""]);
    }

    fn end_piece(&mut self) {
        self.pieces.push(Piece::Bytes(Bytes::from(std::mem::take(&mut self.text))));
    }
}

/// The Adler-32 checksum (RFC 1950 §9), by which the platform checks what was uploaded.
pub(crate) fn adler32(bytes: &[u8]) -> u32 {
    const BASE: u32 = 65_521;
    // So many bytes of 255 do not overflow 32 bits.
    const RUN: usize = 5552;
    let (mut low, mut high) = (1_u32, 0_u32);
    for run in bytes.chunks(RUN) {
        for byte in run {
            low += u32::from(*byte);
            high += low;
        }
        (low, high) = (low % BASE, high % BASE);
    }
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_written_byte_for_byte() {
        let mut form = Form::new("----feishu-boundary-0001".into());
        assert_eq!(form.content_type(), "multipart/form-data; boundary=----feishu-boundary-0001");
        form.push_text("file_type", "stream");
        form.push_text("file_name", "名 \"q\".txt");
        form.push_file("file", None, Piece::Bytes(Bytes::from_static(b"hello2")));
        let expected = concat!(
            "------feishu-boundary-0001\r\nContent-Disposition: form-data; name=\"file_type\"\r\n\r\nstream\r\n",
            "------feishu-boundary-0001\r\nContent-Disposition: form-data; name=\"file_name\"\r\n\r\n名 \"q\".txt\r\n",
            "------feishu-boundary-0001\r\nContent-Disposition: form-data; name=\"file\"; filename=\"blob\"\r\n",
            "Content-Type: application/octet-stream\r\n\r\nhello2\r\n------feishu-boundary-0001--\r\n",
        );
        assert_eq!(written(form.finish()), expected);
        assert_eq!(expected.len(), 351);
    }

    #[test]
    fn names_cannot_break_out_of_their_header() {
        let mut form = Form::new("b".into());
        form.push_file("fi\"le\r\n", Some("a\"\r\nX: y.txt"), Piece::Bytes(Bytes::new()));
        let text = written(form.finish());
        assert!(text.contains("name=\"fi%22le%0D%0A\"; filename=\"a%22%0D%0AX: y.txt\"\r\n"), "{text}");
    }

    #[test]
    fn checksums_are_those_of_the_platform() {
        let ramp: Vec<u8> = (0..=255).cycle().take(4 << 20).collect();
        for (bytes, expected) in [
            (&b""[..], 1),
            (b"a", 6_422_626),
            (b"abc", 38_600_999),
            (b"Wikipedia", 300_286_872),
            (&vec![0; 4 << 20], 62_914_561),
            (&ramp, 2_667_568_688),
            (&vec![255; 1 << 20], reference(&vec![255; 1 << 20])),
        ] {
            assert_eq!(adler32(bytes), expected);
        }
    }

    fn reference(bytes: &[u8]) -> u32 {
        let (low, high) = bytes.iter().fold((1, 0), |(low, high), byte| {
            let low = (low + u32::from(*byte)) % 65_521;
            (low, (high + low) % 65_521)
        });
        high << 16 | low
    }

    fn written(pieces: Vec<Piece>) -> String {
        let bytes = pieces.into_iter().flat_map(|piece| match piece {
            Piece::Bytes(bytes) => bytes,
            Piece::Source(_) => panic!("a source"),
        });
        String::from_utf8(bytes.collect()).unwrap()
    }
}
