//! Rules: where a scenario makes a server do otherwise than its persona would.

use std::net::IpAddr;

use crate::ftp::files::Content;
use crate::ftp::{Reply, Text};
use crate::time::Duration;

/// One rule. Rules are tried in order, and the first that matches wins; rules
/// that do not win count all the same.
///
/// The fields that are left at their default leave the usual behaviour as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it is about.
    pub trigger: Trigger,
    /// Only the `nth` time (from 1) that the trigger and the condition hold,
    /// counted over all sessions of the server.
    pub nth: Option<u32>,
    /// In which sessions it holds.
    pub when: Condition,
    /// What is answered. A reply whose command has `data` is its final reply;
    /// one to PASV or EPSV with `{address}` or `{port}` in it announces the
    /// listener; otherwise the command is answered and not carried out.
    pub answer: Option<Answer>,
    /// How much later than usual the answer comes.
    pub after: Duration,
    /// What is done after the answer.
    pub then: Option<Then>,
    /// The address that a 227 or 229 reply announces in place of the true one.
    pub address: Option<IpAddr>,
    /// The port that a 227 or 229 reply announces in place of the true one.
    pub port: Option<u16>,
    /// What goes wrong on the data connection.
    pub data: Option<DataFault>,
    /// What is sent in place of the file or the listing.
    pub content: Option<Content>,
    /// How the answer is put on the wire.
    pub delivery: Delivery,
}

impl Rule {
    /// A rule about this, which changes nothing yet.
    pub fn on(trigger: Trigger) -> Rule {
        Rule {
            trigger,
            nth: None,
            when: Condition::default(),
            answer: None,
            after: Duration::ZERO,
            then: None,
            address: None,
            port: None,
            data: None,
            content: None,
            delivery: Delivery::default(),
        }
    }
}

/// What a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A client has connected: the answer is the greeting.
    Connect,
    /// A command, by its verb in capitals, known or not.
    Command(String),
    /// Any command.
    AnyCommand,
}

/// In which sessions a rule holds; all of the conditions given must be met.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// The user named by the last USER command.
    pub user: Option<Text>,
    /// The client's address.
    pub client: Option<IpAddr>,
    /// The parameter of the command.
    pub parameter: Option<Text>,
}

/// What a rule answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing at all.
    Nothing,
    /// This reply.
    Reply(Reply),
    /// These replies, one after the other (`120` and then `220`).
    Replies(Vec<Reply>),
    /// These bytes as they are: an HTTP response, half a line.
    Bytes(Vec<u8>),
}

/// What is done after the answer of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Close the control connection.
    Close,
    /// Reset the control connection.
    Reset,
    /// Close the data connection.
    CloseData,
    /// Reset the data connection.
    ResetData,
    /// Close the passive listener: it is announced and refuses.
    Unlisten,
}

/// What goes wrong on the data connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DataFault {
    /// No connection is made, though a 1yz reply says so.
    pub absent: bool,
    /// After this many bytes nothing more is sent, and the connection stands.
    pub stop_after: Option<u64>,
    /// After this many bytes the connection is closed in order.
    pub close_after: Option<u64>,
    /// After this many bytes the connection is reset.
    pub reset_after: Option<u64>,
    /// No more than this many bytes a second are sent.
    pub bytes_per_second: Option<u64>,
    /// The final reply comes before the data.
    pub reply_first: bool,
    /// After this many bytes of an upload the final reply is said (552, unless
    /// the rule has an answer), and what still comes is read and thrown away.
    pub refuse_after: Option<u64>,
}

/// How an answer is put on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    /// The lengths of the first pieces; what is left follows as one more.
    pub pieces: Vec<usize>,
    /// The time between two pieces.
    pub gap: Duration,
    /// How its lines end.
    pub ending: Ending,
}

/// How the lines of an answer end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    /// CR LF, as RFC 959 asks for.
    #[default]
    CrLf,
    /// LF alone.
    Lf,
    /// The last line does not end.
    Unterminated,
}

/// What a rule is asked about.
pub(super) struct Occasion<'a> {
    /// The verb in capitals; `None` for a connection.
    pub verb: Option<&'a str>,
    pub parameter: Option<&'a [u8]>,
    pub user: Option<&'a Text>,
    pub client: IpAddr,
}

impl Rule {
    /// The reply that announces a listener in words of its own.
    pub(super) fn announcement(&self) -> Option<&Reply> {
        let passive = match &self.trigger {
            Trigger::Command(verb) => ["PASV", "EPSV"].contains(&verb.as_str()),
            Trigger::Connect | Trigger::AnyCommand => false,
        };
        match &self.answer {
            Some(Answer::Reply(reply)) if passive => {
                let text = reply.to_string();
                let tells = text.contains("{address}") || text.contains("{port}");
                tells.then_some(reply)
            }
            _ => None,
        }
    }

    fn matches(&self, occasion: &Occasion<'_>) -> bool {
        let trigger = match (&self.trigger, occasion.verb) {
            (Trigger::Connect, None) | (Trigger::AnyCommand, Some(_)) => true,
            (Trigger::Command(verb), Some(said)) => verb.eq_ignore_ascii_case(said),
            _ => false,
        };
        let when = &self.when;
        let parameter = |p: &Text| occasion.parameter == Some(p.as_bytes());
        trigger
            && when.user.as_ref().is_none_or(|u| occasion.user == Some(u))
            && when.client.is_none_or(|c| occasion.client == c)
            && when.parameter.as_ref().is_none_or(parameter)
    }
}

/// The rules of a server and how often each has matched.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleBook {
    rules: Vec<(Rule, u32)>,
}

impl RuleBook {
    pub fn new(rules: Vec<Rule>) -> RuleBook {
        RuleBook {
            rules: rules.into_iter().map(|rule| (rule, 0)).collect(),
        }
    }

    /// The rule for this occasion, if there is one. Every rule that matches
    /// counts it.
    pub fn find(&mut self, occasion: &Occasion<'_>) -> Option<Rule> {
        let mut winner = None;
        for (rule, count) in &mut self.rules {
            if !rule.matches(occasion) {
                continue;
            }
            *count = count.saturating_add(1);
            if winner.is_none() && rule.nth.is_none_or(|nth| nth == *count) {
                winner = Some(rule.clone());
            }
        }
        winner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_matches_wins_and_all_count() {
        let second = Rule {
            nth: Some(2),
            ..Rule::on(Trigger::Command("RETR".into()))
        };
        let maria = Rule {
            when: Condition {
                user: Some("maria".into()),
                ..Condition::default()
            },
            ..Rule::on(Trigger::AnyCommand)
        };
        let mut book = RuleBook::new(vec![second.clone(), maria.clone()]);
        let (maria_name, other) = (Text::from("maria"), Text::from("fred"));
        let mut ask = |verb, user| {
            book.find(&Occasion {
                verb: Some(verb),
                parameter: None,
                user: Some(user),
                client: IpAddr::from([10, 2, 0, 2]),
            })
        };
        assert_eq!(ask("RETR", &other), None);
        assert_eq!(ask("NOOP", &maria_name), Some(maria.clone()));
        assert_eq!(ask("retr", &maria_name), Some(second));
        assert_eq!(ask("RETR", &maria_name), Some(maria));
    }
}
