//! Virtual paths: absolute, lexical, never outside the root; and the quoting of 257 replies.

use core::borrow::Borrow;
use core::fmt;

use super::Text;

/// The longest path in bytes: what a longer one names does not exist.
pub const MAX_PATH: usize = 4096;

/// What separates the names of a path as a client writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Separators {
    /// `/` only: a backslash is part of a name.
    #[default]
    Slash,
    /// `/` and `\`, as servers on Windows take them.
    SlashAndBackslash,
}

/// An absolute path without `.`, `..` or empty names: `/` or `/a/b`.
///
/// ```
/// use wirelab::ftp::path::{Separators, VirtualPath};
/// let home = VirtualPath::parse("/home/student").unwrap();
/// let up = home.resolve(b"../../../etc//passwd", Separators::Slash).unwrap();
/// assert_eq!(up.to_string(), "/etc/passwd");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualPath(Vec<u8>);

impl VirtualPath {
    /// `/`
    pub fn root() -> VirtualPath {
        VirtualPath(b"/".to_vec())
    }

    /// The path that `text` means at the root; `None` if it is longer than
    /// [`MAX_PATH`] or holds a LF or a NUL.
    pub fn parse(text: &str) -> Option<VirtualPath> {
        VirtualPath::root().resolve(text.as_bytes(), Separators::Slash)
    }

    /// The path that `text` means here. `..` is taken lexically and stops at
    /// the root. `None` if the path is longer than [`MAX_PATH`] or holds a LF
    /// or a NUL.
    pub fn resolve(&self, text: &[u8], separators: Separators) -> Option<VirtualPath> {
        let backslash = separators == Separators::SlashAndBackslash;
        let is_separator = |b: &u8| *b == b'/' || (backslash && *b == b'\\');
        if text.iter().any(|b| matches!(b, b'\n' | 0)) {
            return None;
        }
        let absolute = text.first().is_some_and(is_separator);
        let mut path = if absolute {
            VirtualPath::root()
        } else {
            self.clone()
        };
        for name in text.split(is_separator) {
            match name {
                b"" | b"." => {}
                b".." => path = path.parent().unwrap_or_else(VirtualPath::root),
                _ => path = path.join(name)?,
            }
        }
        Some(path)
    }

    /// This path seen from above: the path of which it is the rest, put after `root`.
    pub fn below(&self, root: &VirtualPath) -> Option<VirtualPath> {
        root.resolve(self.0.strip_prefix(b"/")?, Separators::Slash)
    }

    fn join(&self, name: &[u8]) -> Option<VirtualPath> {
        let mut bytes = self.0.clone();
        if !self.is_root() {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(name);
        (bytes.len() <= MAX_PATH).then_some(VirtualPath(bytes))
    }

    /// The directory that it is in; `None` for `/`.
    pub fn parent(&self) -> Option<VirtualPath> {
        if self.is_root() {
            return None;
        }
        let cut = self.0.iter().rposition(|b| *b == b'/')?;
        Some(VirtualPath(self.0[..cut.max(1)].to_vec()))
    }

    /// The last name; `None` for `/`.
    pub fn name(&self) -> Option<&[u8]> {
        self.0
            .rsplit(|b| *b == b'/')
            .next()
            .filter(|n| !n.is_empty())
    }

    /// It is `/`.
    pub fn is_root(&self) -> bool {
        self.0 == b"/"
    }

    /// It is `ancestor` or inside it.
    pub fn is_within(&self, ancestor: &VirtualPath) -> bool {
        match self.0.strip_prefix(ancestor.0.as_slice()) {
            Some(rest) => ancestor.is_root() || rest.first().is_none_or(|b| *b == b'/'),
            None => false,
        }
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As text.
    pub fn to_text(&self) -> Text {
        Text::from(self.as_bytes())
    }

    /// As it stands in a 257 reply: in quotes, quotes inside doubled (RFC 959,
    /// appendix II).
    pub fn quoted(&self) -> Text {
        let mut out = vec![b'"'];
        for &byte in &self.0 {
            out.push(byte);
            if byte == b'"' {
                out.push(b'"');
            }
        }
        out.push(b'"');
        Text::from(out)
    }
}

/// The path in the text of a 257 reply, quotes undone; `None` without quotes.
///
/// ```
/// use wirelab::ftp::{Text, path::unquote};
/// let text = Text::from("\"/a \"\"b\"\"\" created");
/// assert_eq!(unquote(&text), Some(Text::from("/a \"b\"")));
/// ```
pub fn unquote(text: &Text) -> Option<Text> {
    let bytes = text.as_bytes();
    let start = bytes.iter().position(|b| *b == b'"')?;
    let mut rest = bytes[start + 1..].iter().peekable();
    let mut path = Vec::new();
    while let Some(&byte) = rest.next() {
        if byte == b'"' && rest.next_if(|b| **b == b'"').is_none() {
            return Some(Text::from(path));
        }
        path.push(byte);
    }
    None
}

/// The order of paths is that of their bytes, so that maps can be searched by them.
impl Borrow<[u8]> for VirtualPath {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn from_home(text: &str, separators: Separators) -> String {
        let home = VirtualPath::parse("/home/student").unwrap();
        home.resolve(text.as_bytes(), separators)
            .unwrap()
            .to_string()
    }

    #[test]
    fn dots_stop_at_the_root() {
        let cases = [
            ("", "/home/student"),
            (".", "/home/student"),
            ("/", "/"),
            ("..//x", "/home/x"),
            ("../../../..", "/"),
            ("pub/../pub/./a", "/home/student/pub/a"),
            ("/..", "/"),
            ("...", "/home/student/..."),
            (" x ", "/home/student/ x "),
        ];
        for (text, expected) in cases {
            assert_eq!(from_home(text, Separators::Slash), expected, "{text}");
        }
        let windows = Separators::SlashAndBackslash;
        assert_eq!(from_home("..\\..\\..\\x", windows), "/x");
        assert_eq!(
            from_home("..\\x", Separators::Slash),
            "/home/student/..\\x",
            "a backslash is part of a name on Unix"
        );
    }

    #[test]
    fn parents_and_names() {
        let path = VirtualPath::parse("/a/b").unwrap();
        assert_eq!(path.name(), Some(&b"b"[..]));
        let up = path.parent().unwrap();
        assert_eq!((up.to_string(), up.name()), ("/a".into(), Some(&b"a"[..])));
        assert_eq!(up.parent(), Some(VirtualPath::root()));
        assert_eq!(VirtualPath::root().parent(), None);
        assert!(path.is_within(&up) && !VirtualPath::parse("/ab").unwrap().is_within(&up));
        assert_eq!(path.below(&up).unwrap().to_string(), "/a/a/b");
        assert_eq!(VirtualPath::parse(&"x/".repeat(3000)), None);
    }

    proptest! {
        #[test]
        fn quoting_round_trips(name: Vec<u8>) {
            if let Some(path) = VirtualPath::root().resolve(&name, Separators::Slash) {
                prop_assert_eq!(unquote(&path.quoted()), Some(path.to_text()));
            }
        }

        #[test]
        fn nothing_leaves_the_root(names in "[./\\\\a]{0,40}") {
            let path = VirtualPath::parse(&names).unwrap();
            prop_assert!(path.as_bytes().starts_with(b"/"));
            let mut parts = path.as_bytes().split(|b| *b == b'/');
            prop_assert!(parts.all(|part| part != b".." && part != b"."));
        }
    }
}
