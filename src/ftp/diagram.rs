//! The state diagrams of RFC 959 §6: which replies a command may get, and which command may follow.

use core::fmt;
use std::collections::VecDeque;

use super::{ReplyCode, ReplyKind, Verb};

/// Which of the diagrams a command follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One reply: 2yz, 4yz or 5yz (the first diagram of §6; a 1yz is an error there).
    OneStep,
    /// 1yz, then another reply (the second diagram).
    Transfer,
    /// RNFR and RNTO, where 3yz leads on (the third).
    Rename,
    /// REST and the transfer after it (the fourth).
    Restart,
    /// USER, PASS and ACCT (the last).
    Login,
}

impl Verb {
    /// The diagram that this command follows.
    pub const fn shape(self) -> Shape {
        match self {
            Verb::Retr
            | Verb::Stor
            | Verb::Stou
            | Verb::Appe
            | Verb::List
            | Verb::Nlst
            | Verb::Mlsd
            | Verb::Rein => Shape::Transfer,
            Verb::Rnfr | Verb::Rnto => Shape::Rename,
            Verb::Rest => Shape::Restart,
            Verb::User | Verb::Pass | Verb::Acct => Shape::Login,
            _ => Shape::OneStep,
        }
    }

    /// It uses the data connection.
    pub const fn is_transfer(self) -> bool {
        matches!(self.shape(), Shape::Transfer) && !matches!(self, Verb::Rein)
    }

    /// The replies that RFC 959 §5.4, or the RFC of the extension, permits;
    /// 421 is permitted everywhere and not listed.
    pub const fn permitted(self) -> &'static [u16] {
        match self {
            Verb::User => &[230, 331, 332, 500, 501, 530],
            Verb::Pass => &[202, 230, 332, 500, 501, 503, 530],
            Verb::Acct => &[202, 230, 500, 501, 503, 530],
            Verb::Cwd => &[250, 500, 501, 502, 530, 550],
            Verb::Cdup => &[200, 250, 500, 501, 502, 530, 550],
            Verb::Smnt => &[202, 250, 500, 501, 502, 530, 550],
            Verb::Rein => &[120, 220, 500, 502],
            Verb::Quit => &[221, 500],
            Verb::Port => &[200, 500, 501, 530],
            Verb::Pasv => &[227, 500, 501, 502, 530],
            Verb::Type | Verb::Stru | Verb::Mode => &[200, 500, 501, 504, 530],
            Verb::Allo => &[200, 202, 500, 501, 504, 530],
            Verb::Rest => &[350, 500, 501, 502, 530],
            Verb::Stor | Verb::Stou => &[
                110, 125, 150, 226, 250, 425, 426, 450, 451, 452, 500, 501, 530, 532, 551, 552, 553,
            ],
            Verb::Appe => &[
                110, 125, 150, 226, 250, 425, 426, 450, 451, 452, 500, 501, 502, 530, 532, 550,
                551, 552, 553,
            ],
            // 554 is RFC 1123's and RFC 3659 §5's, for a bad restart position.
            Verb::Retr => &[
                110, 125, 150, 226, 250, 425, 426, 450, 451, 500, 501, 530, 550, 554,
            ],
            Verb::List | Verb::Nlst | Verb::Mlsd => {
                &[125, 150, 226, 250, 425, 426, 450, 451, 500, 501, 502, 530]
            }
            Verb::Rnfr => &[350, 450, 500, 501, 502, 530, 550],
            Verb::Rnto => &[250, 500, 501, 502, 503, 530, 532, 553],
            Verb::Dele => &[250, 450, 500, 501, 502, 530, 550],
            Verb::Rmd => &[250, 500, 501, 502, 530, 550],
            Verb::Mkd => &[257, 500, 501, 502, 530, 550],
            Verb::Pwd => &[257, 500, 501, 502, 550],
            Verb::Abor => &[225, 226, 500, 501, 502],
            Verb::Syst => &[215, 500, 501, 502],
            Verb::Stat => &[211, 212, 213, 450, 500, 501, 502, 530],
            Verb::Help => &[211, 214, 500, 501, 502],
            Verb::Site => &[200, 202, 500, 501, 530],
            Verb::Noop => &[200, 500],
            Verb::Feat => &[211, 500, 502, 550],
            Verb::Opts => &[200, 451, 500, 501],
            Verb::Eprt => &[200, 500, 501, 522, 530],
            Verb::Epsv => &[200, 229, 500, 501, 522, 530],
            Verb::Lang => &[200, 500, 501, 502, 504],
            Verb::Mdtm | Verb::Size => &[213, 500, 501, 502, 530, 550],
            Verb::Mlst => &[250, 500, 501, 502, 530, 550],
            Verb::Host => &[220, 500, 501, 502, 503, 504],
            Verb::Auth => &[234, 334, 431, 500, 501, 502, 503, 504, 534],
        }
    }

    /// The kinds of reply that the verb's diagram has a line for.
    const fn has_line_for(self, kind: ReplyKind) -> bool {
        match kind {
            ReplyKind::Preliminary => matches!(self.shape(), Shape::Transfer),
            ReplyKind::Intermediate => matches!(
                self,
                Verb::User | Verb::Pass | Verb::Rnfr | Verb::Rest | Verb::Auth
            ),
            ReplyKind::Completion => !matches!(self, Verb::Rnfr | Verb::Rest),
            ReplyKind::TransientNegative | ReplyKind::PermanentNegative => true,
            ReplyKind::Protected => false,
        }
    }
}

/// What a 3yz reply has led to: it lives for one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sequence {
    /// Nothing: any command that needs no other before it.
    #[default]
    Free,
    /// USER has been accepted: PASS.
    Password,
    /// An account is needed: ACCT.
    Account,
    /// RNFR has been accepted: RNTO.
    RenameTo,
    /// REST has been accepted: a transfer.
    Restart,
}

impl Sequence {
    /// The command may come now; if not, its answer is 503.
    pub const fn admits(self, verb: Verb) -> bool {
        match verb {
            Verb::Pass => matches!(self, Sequence::Password),
            Verb::Rnto => matches!(self, Sequence::RenameTo),
            _ => true,
        }
    }

    /// Where the command with this final reply leads.
    pub const fn after(self, verb: Verb, code: ReplyCode) -> Sequence {
        match (verb, code.kind()) {
            (Verb::User, ReplyKind::Intermediate) => match code.get() {
                332 => Sequence::Account,
                _ => Sequence::Password,
            },
            (Verb::Pass, ReplyKind::Intermediate) => Sequence::Account,
            (Verb::Rnfr, ReplyKind::Intermediate) => Sequence::RenameTo,
            (Verb::Rest, ReplyKind::Intermediate) => Sequence::Restart,
            // What prepares a transfer does not forget where it begins: clients
            // in the field send REST before PASV as well as after it.
            (Verb::Port | Verb::Pasv | Verb::Eprt | Verb::Epsv | Verb::Type, _) => match self {
                Sequence::Restart => self,
                _ => Sequence::Free,
            },
            _ => Sequence::Free,
        }
    }
}

/// By which measure a dialogue is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Measure {
    /// Only codes of the table in §5.4, and no command before the last is answered.
    Strict,
    /// Any code whose first digit the diagram has a line for, and commands may
    /// be sent ahead: all real servers break the table somewhere.
    #[default]
    AsDeployed,
}

/// How a dialogue breaks the diagrams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// A reply came though no command was waiting for one.
    NobodyAsked(ReplyCode),
    /// The command may not get this reply.
    NotPermitted(Verb, ReplyCode),
    /// A second 1yz reply.
    SecondPreliminary(Verb, ReplyCode),
    /// A command succeeded that needed another one before it.
    OutOfSequence(Verb, ReplyCode),
    /// A command was sent before the last one was answered.
    SentAhead(Verb),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::NobodyAsked(code) => write!(f, "{code} answers no command"),
            Violation::NotPermitted(verb, code) => {
                write!(f, "{code} is not among the replies to {verb}")
            }
            Violation::SecondPreliminary(verb, code) => {
                write!(f, "{code} is a second preliminary reply to {verb}")
            }
            Violation::OutOfSequence(verb, code) => {
                write!(f, "{code} answers {verb}, which needed a command before it")
            }
            Violation::SentAhead(verb) => {
                write!(f, "{verb} was sent before the last command was answered")
            }
        }
    }
}

/// What a reply is to a dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The greeting, or another word that opens or ends the session (120, 220, 421).
    Unasked,
    /// A 1yz reply to this command; `None` for a verb that we do not know.
    Preliminary(Option<Verb>),
    /// The final reply to this command.
    Final(Option<Verb>),
}

/// A control connection as the diagrams see it: the commands that wait for
/// replies, and what may come next.
///
/// ```
/// use wirelab::ftp::{ReplyCode, Verb};
/// use wirelab::ftp::diagram::{Dialogue, Measure, Violation};
/// let code = |n| ReplyCode::new(n).unwrap();
/// let mut dialogue = Dialogue::new(Measure::Strict);
/// dialogue.reply(code(220)).unwrap();
/// dialogue.command(Some(Verb::Rnto)).unwrap();
/// assert_eq!(
///     dialogue.reply(code(250)),
///     Err(Violation::OutOfSequence(Verb::Rnto, code(250)))
/// );
/// ```
#[derive(Debug, Clone, Default)]
pub struct Dialogue {
    measure: Measure,
    greeted: bool,
    waiting: VecDeque<Waiting>,
    sequence: Sequence,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    verb: Option<Verb>,
    begun: bool,
}

/// How many unanswered commands are remembered; more are a flood, and forgotten.
const MAX_WAITING: usize = 4096;

impl Dialogue {
    /// A connection that has just been opened.
    pub fn new(measure: Measure) -> Dialogue {
        Dialogue {
            measure,
            ..Dialogue::default()
        }
    }

    /// What the last 3yz reply has led to.
    pub const fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// The server has greeted the client.
    pub const fn is_greeted(&self) -> bool {
        self.greeted
    }

    /// The client sends a command; `None` for a verb that we do not know.
    pub fn command(&mut self, verb: Option<Verb>) -> Result<(), Violation> {
        let transfer = |w: &Waiting| w.begun && w.verb.is_some_and(Verb::is_transfer);
        // ABOR and STAT are there to be sent during a transfer (§4.1.3).
        let during = matches!(
            verb,
            Some(Verb::Abor | Verb::Stat | Verb::Quit | Verb::Noop)
        ) && self.waiting.len() == 1
            && self.waiting.front().is_some_and(transfer);
        let ahead = !self.waiting.is_empty() && !during;
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(Waiting { verb, begun: false });
        }
        match verb {
            Some(verb) if ahead && self.measure == Measure::Strict => {
                Err(Violation::SentAhead(verb))
            }
            _ => Ok(()),
        }
    }

    /// The server says something.
    pub fn reply(&mut self, code: ReplyCode) -> Result<Turn, Violation> {
        if !self.greeted {
            self.greeted = !code.is_preliminary();
            return match code.get() {
                120 | 220 | 421 => Ok(Turn::Unasked),
                _ if self.measure == Measure::AsDeployed => Ok(Turn::Unasked),
                _ => Err(Violation::NobodyAsked(code)),
            };
        }
        let Some(at) = self.whose(code) else {
            return match code {
                ReplyCode::SERVICE_NOT_AVAILABLE => Ok(Turn::Unasked),
                _ => Err(Violation::NobodyAsked(code)),
            };
        };
        let Some(waiting) = self.waiting.get_mut(at) else {
            return Err(Violation::NobodyAsked(code));
        };
        let verb = waiting.verb;
        if code.is_preliminary() {
            let second = core::mem::replace(&mut waiting.begun, true);
            return match verb {
                // 110 marks a place within a transfer, as often as need be.
                Some(verb) if second && code.get() != 110 => {
                    Err(Violation::SecondPreliminary(verb, code))
                }
                Some(verb) if !self.permits(verb, code) => Err(Violation::NotPermitted(verb, code)),
                _ => Ok(Turn::Preliminary(verb)),
            };
        }
        self.waiting.remove(at);
        let Some(verb) = verb else {
            self.sequence = Sequence::Free;
            return Ok(Turn::Final(None));
        };
        let admitted = self.sequence.admits(verb);
        self.sequence = self.sequence.after(verb, code);
        match code.kind() {
            _ if !self.permits(verb, code) => Err(Violation::NotPermitted(verb, code)),
            ReplyKind::Completion if !admitted && code.get() != 202 => {
                Err(Violation::OutOfSequence(verb, code))
            }
            _ => Ok(Turn::Final(Some(verb))),
        }
    }

    /// Which of the waiting commands this reply is for: the first, unless that
    /// is a transfer under way and only the second may get it (STAT's 211).
    fn whose(&self, code: ReplyCode) -> Option<usize> {
        let first = self.waiting.front()?;
        let (Some(verb), true) = (first.verb, first.begun) else {
            return Some(0);
        };
        let second = self.waiting.get(1).and_then(|w| w.verb);
        let passes_by = matches!(code.get(), 200 | 211 | 212 | 213)
            && !verb.permitted().contains(&code.get())
            && matches!(second, Some(Verb::Stat | Verb::Noop | Verb::Abor));
        Some(usize::from(passes_by))
    }

    fn permits(&self, verb: Verb, code: ReplyCode) -> bool {
        match self.measure {
            _ if code == ReplyCode::SERVICE_NOT_AVAILABLE => true,
            Measure::Strict => verb.permitted().contains(&code.get()),
            Measure::AsDeployed => verb.has_line_for(code.kind()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays `USER 331` pairs; a lone number is a reply, a lone word a command.
    fn play(measure: Measure, text: &str) -> Option<Violation> {
        let mut dialogue = Dialogue::new(measure);
        for word in text.split_whitespace() {
            let result = match word.parse::<ReplyCode>() {
                Ok(code) => dialogue.reply(code).map(|_| ()),
                Err(_) => dialogue.command(Verb::parse(word)),
            };
            if let Err(violation) = result {
                return Some(violation);
            }
        }
        None
    }

    fn code(number: u16) -> ReplyCode {
        ReplyCode::new(number).unwrap()
    }

    #[test]
    fn sessions_that_keep_to_the_diagrams() {
        for text in [
            "120 220 USER 331 PASS 332 ACCT 230 QUIT 221",
            "220 USER 331 PASS 230 PORT 200 RETR 150 226 RETR 125 426",
            "220 RNFR 350 RNTO 250 REST 350 PASV 227 RETR 150 226",
            "220 PORT 200 RETR 150 ABOR 426 226",
            "220 PORT 200 RETR 150 STAT 211 226 STAT 212",
            "220 RNTO 503 PASS 503 XYZZY 500 NOOP 421",
            "220 421",
        ] {
            assert_eq!(play(Measure::Strict, text), None, "{text}");
            assert_eq!(play(Measure::AsDeployed, text), None, "{text}");
        }
    }

    #[test]
    fn sessions_that_do_not() {
        use Violation::*;
        let cases = [
            ("220 NOOP 200 200", NobodyAsked(code(200))),
            ("220 NOOP 150", NotPermitted(Verb::Noop, code(150))),
            ("220 RNTO 250", OutOfSequence(Verb::Rnto, code(250))),
            (
                "220 RNFR 350 NOOP 200 RNTO 250",
                OutOfSequence(Verb::Rnto, code(250)),
            ),
            ("220 RETR 150 150", SecondPreliminary(Verb::Retr, code(150))),
        ];
        for (text, violation) in cases {
            assert_eq!(play(Measure::Strict, text), Some(violation), "{text}");
            assert_eq!(play(Measure::AsDeployed, text), Some(violation), "{text}");
        }
        // What real servers do and the table forbids.
        for (text, violation) in [
            ("220 STOR 550", NotPermitted(Verb::Stor, code(550))),
            ("220 TYPE 502", NotPermitted(Verb::Type, code(502))),
            ("220 NOOP NOOP 200 200", SentAhead(Verb::Noop)),
        ] {
            assert_eq!(play(Measure::Strict, text), Some(violation), "{text}");
            assert_eq!(play(Measure::AsDeployed, text), None, "{text}");
        }
    }
}
