//! Who may come in, and what one may say before: USER, PASS, ACCT, REIN.

use super::config::{AccountNeeded, Password, User};
use super::session::{Login, Turn};
use super::words::Message;
use crate::ftp::files::{Files, Who};
use crate::ftp::listing::Facts;
use crate::ftp::path::VirtualPath;
use crate::ftp::{DataType, Structure, Text, TransferMode, Verb};

impl Turn<'_> {
    /// The command may be said in the present state of the login.
    pub fn may_say(&self, verb: Verb) -> bool {
        let before = matches!(
            verb,
            Verb::User
                | Verb::Pass
                | Verb::Acct
                | Verb::Quit
                | Verb::Rein
                | Verb::Help
                | Verb::Noop
                | Verb::Syst
                | Verb::Feat
                | Verb::Opts
                | Verb::Lang
                | Verb::Host
                | Verb::Auth
        );
        before || matches!(self.s.login, Login::In { .. })
    }

    /// The user, if logged in.
    pub fn user(&self) -> Option<(&Text, &User)> {
        match &self.s.login {
            Login::In { name, user, .. } => Some((name, user)),
            _ => None,
        }
    }

    /// The files, and who acts on them.
    pub fn files(&mut self) -> (&mut Files, Who<'_>) {
        let who = self.s.login.who(&self.shared.nobody);
        (&mut self.shared.files, who)
    }

    /// Who acts on the files.
    pub fn who(&self) -> Who<'_> {
        self.s.login.who(&self.shared.nobody)
    }

    pub fn user_command(&mut self, name: Text) {
        self.s.log_out(self.shared);
        let known = self.shared.config.users.get(&name).cloned();
        self.s.login = Login::Out {
            name: Some(name.clone()),
        };
        match known {
            None if self.persona().tells_unknown_users => {
                self.s.login = Login::Out { name: None };
                self.login_failed(Message::UnknownUser, &name);
            }
            None => self.say(Message::NeedPassword, &[]),
            Some(user) => match user.password {
                Password::Exactly(_) => self.say(Message::NeedPassword, &[]),
                Password::Any => self.say(Message::GuestPassword, &[]),
                Password::NotAsked => self.password_right(name, user),
            },
        }
    }

    pub fn pass_command(&mut self, password: &Text) {
        let Login::Out { name: Some(name) } = self.s.login.clone() else {
            self.say(Message::PasswordSuperfluous, &[]);
            return;
        };
        let user = self.shared.config.users.get(&name).cloned();
        match user {
            Some(user) if user.password.opens_with(password) => self.password_right(name, user),
            _ => self.login_failed(Message::WrongPassword, &name),
        }
    }

    fn password_right(&mut self, name: Text, user: User) {
        let needed = user.account.as_ref().map(|account| account.needed);
        if needed == Some(AccountNeeded::ToLogIn) {
            self.s.login = Login::NeedAccount { name, user };
            self.say(Message::NeedAccount, &[]);
        } else {
            self.let_in(name, user, false);
        }
    }

    fn let_in(&mut self, name: Text, user: User, account: bool) {
        let count = self.shared.logged_in.entry(name.clone()).or_default();
        if user.sessions.is_some_and(|limit| *count >= limit) {
            self.say(Message::TooManyLogins, &[("user", name)]);
            return;
        }
        *count += 1;
        self.s.failures = 0;
        self.s.directory = user.home.clone();
        self.s.login = Login::In {
            name,
            user,
            account,
        };
        self.say(Message::LoggedIn, &[]);
    }

    fn login_failed(&mut self, message: Message, name: &Text) {
        self.s.failures = self.s.failures.saturating_add(1);
        let limit = self.persona().limits.login;
        let last = limit.failures.is_some_and(|most| self.s.failures >= most);
        if !limit.delay.is_zero() {
            let wait = limit.delay.saturating_mul(self.s.failures);
            let at = self.s.out.free_from(self.now) + wait;
            self.s.out.delay_until(at);
        }
        if last && limit.farewell {
            self.say(Message::TooManyFailures, &[("user", name.clone())]);
        } else {
            self.say(message, &[("user", name.clone())]);
        }
        if last {
            self.end();
        }
    }

    pub fn acct_command(&mut self, given: &Text) {
        match self.s.login.clone() {
            Login::NeedAccount { name, user } => {
                let right = user.account.as_ref().is_some_and(|a| a.name == *given);
                if right {
                    self.let_in(name, user, true);
                } else {
                    self.s.login = Login::Out { name: None };
                    self.login_failed(Message::WrongAccount, &name);
                }
            }
            Login::In { name, user, .. } => match &user.account {
                Some(account) if account.name == *given => {
                    self.s.login = Login::In {
                        name,
                        user,
                        account: true,
                    };
                    self.say(Message::AccountAccepted, &[]);
                }
                Some(_) => self.say(Message::WrongAccount, &[]),
                None => self.say(Message::AccountSuperfluous, &[]),
            },
            Login::Out { .. } => self.say(Message::UserFirst, &[]),
        }
    }

    /// An account is needed for storing files, and has not been given.
    pub fn lacks_account(&self) -> bool {
        match &self.s.login {
            Login::In {
                user,
                account: false,
                ..
            } => user
                .account
                .as_ref()
                .is_some_and(|a| a.needed == AccountNeeded::ToStore),
            _ => false,
        }
    }

    /// REIN: as after connecting, but a transfer would be left to end (RFC 959 §4.1.1).
    pub fn reinitialize(&mut self) {
        self.s.log_out(self.shared);
        self.close_data();
        self.s.directory = VirtualPath::root();
        self.s.data_type = DataType::default();
        self.s.structure = Structure::File;
        self.s.mode = TransferMode::Stream;
        self.s.facts = Facts::ALL;
        self.s.epsv_all = false;
        self.say(Message::Reinitialized, &[]);
    }

    /// A command that needed another before it.
    pub fn out_of_sequence(&mut self, verb: Verb) {
        match (verb, &self.s.login) {
            (Verb::Rnto, _) => self.say(Message::RenameFromFirst, &[]),
            (Verb::Pass, Login::In { .. }) => self.say(Message::PasswordSuperfluous, &[]),
            _ => self.say(Message::UserFirst, &[]),
        }
    }
}

impl Login {
    /// Who acts: `nobody`, until logged in.
    fn who<'a>(&'a self, nobody: &'a Text) -> Who<'a> {
        let (name, guest) = match self {
            Login::In { name, user, .. } => (name, user.password == Password::Any),
            Login::Out { .. } | Login::NeedAccount { .. } => (nobody, true),
        };
        Who { name, guest }
    }
}

impl Password {
    fn opens_with(&self, given: &Text) -> bool {
        match self {
            Password::Exactly(word) => word == given,
            Password::Any | Password::NotAsked => true,
        }
    }
}
