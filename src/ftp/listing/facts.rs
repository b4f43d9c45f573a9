//! The facts of MLST and MLSD, and which of them a client wants (RFC 3659 §7).

use core::fmt;

use super::digits;
use crate::ftp::files::Entry;

/// The facts that a server knows, in the order in which it tells them.
const NAMES: [&str; 4] = ["type", "size", "modify", "perm"];

/// Which facts are told: all, unless a client has chosen by OPTS MLST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts([bool; 4]);

impl Facts {
    /// All that there are.
    pub const ALL: Facts = Facts([true; 4]);

    /// Those of a list such as `type;size;`, in any case; names that are none of
    /// ours are left out (§7.9).
    pub fn chosen(list: &str) -> Facts {
        let names: Vec<&str> = list.split(';').collect();
        Facts(NAMES.map(|own| names.iter().any(|name| name.eq_ignore_ascii_case(own))))
    }

    /// As FEAT lists them: an asterisk behind those that are told (§7.8).
    pub fn as_feature(self) -> String {
        let name = |(name, told): (&str, bool)| match told {
            true => format!("{name}*;"),
            false => format!("{name};"),
        };
        NAMES.into_iter().zip(self.0).map(name).collect()
    }

    /// The line of an entry (§7.2), without its line end. `permissions` are the
    /// letters of what its reader may do with it (§7.5.5).
    pub fn line(self, name: &[u8], entry: &Entry, permissions: &str) -> Vec<u8> {
        let directory = entry.is_directory();
        let kind = if directory { "dir" } else { "file" };
        let values = [
            Some(kind.to_owned()),
            (!directory).then(|| entry.size().to_string()),
            Some(digits(entry.meta.modified)),
            Some(permissions.to_owned()),
        ];
        let mut line = Vec::new();
        for ((fact, told), value) in NAMES.into_iter().zip(self.0).zip(values) {
            if let Some(value) = value.filter(|_| told) {
                line.extend_from_slice(format!("{fact}={value};").as_bytes());
            }
        }
        line.push(b' ');
        line.extend_from_slice(name);
        line
    }
}

impl fmt::Display for Facts {
    /// `type;size;`, as in the reply to OPTS MLST (§7.9).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = NAMES.into_iter().zip(self.0).filter(|(_, told)| *told);
        told.map(|(name, _)| name)
            .try_for_each(|name| write!(f, "{name};"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_chooses() {
        assert_eq!(Facts::ALL.as_feature(), "type*;size*;modify*;perm*;");
        let chosen = Facts::chosen("Size;nonsense;TYPE;");
        assert_eq!(chosen.to_string(), "type;size;");
        assert_eq!(chosen.as_feature(), "type*;size*;modify;perm;");
        assert_eq!(Facts::chosen("").to_string(), "");
    }
}
