//! Commands that do not touch files: parameters, addresses, information.

use std::net::{IpAddr, SocketAddr};

use super::rules::{Answer, Rule};
use super::session::Turn;
use super::transfer::{Data, PassiveReply};
use super::words::{Message, fill_reply};
use crate::ftp::io::Action;
use crate::ftp::listing::Facts;
use crate::ftp::{
    Command, CommandError, DataType, EpsvRequest, Family, Form, HostPort, Parameter, Reply,
    ReplyCode, Structure, Text, TransferMode, Verb,
};

/// What FEAT lists besides the verbs (RFC 2389 §3.2), each with the verb that
/// must be implemented for it. Behind MLST come its facts.
const FEATURES: [(&str, Verb); 8] = [
    ("EPRT", Verb::Eprt),
    ("EPSV", Verb::Epsv),
    ("MDTM", Verb::Mdtm),
    ("MLST", Verb::Mlst),
    ("REST STREAM", Verb::Rest),
    ("SIZE", Verb::Size),
    ("TVFS", Verb::Mlst),
    ("UTF8", Verb::Opts),
];

impl Turn<'_> {
    /// Carries out a command that may come now.
    pub fn command(&mut self, command: Command) {
        match command {
            Command::User(name) => self.user_command(name),
            Command::Pass(password) => self.pass_command(&password),
            Command::Acct(account) => self.acct_command(&account),
            Command::Rein => self.reinitialize(),
            Command::Quit => self.quit(),
            Command::Type(data_type) => self.set_type(data_type),
            Command::Stru(structure) => self.set_structure(structure),
            Command::Mode(mode) => self.set_mode(mode),
            Command::Port(address) => self.set_port(Verb::Port, address.to_socket_addr()),
            Command::Eprt(address) => self.set_port(Verb::Eprt, address.0),
            Command::Pasv => self.passive(),
            Command::Epsv(request) => self.extended_passive(request),
            Command::Rest(offset) => {
                self.s.restart = offset;
                let offset = Text::from(offset.to_string());
                self.say(Message::Restarting, &[("offset", offset)]);
            }
            Command::Allo(_) => self.say(Message::AllocationSuperfluous, &[]),
            Command::Noop => self.say(Message::NoOperation, &[]),
            Command::Syst => self.say(Message::System, &[]),
            Command::Help(topic) => self.help(topic.as_ref()),
            Command::Feat => self.features(),
            Command::Opts(argument) => self.option(argument),
            Command::Lang(language) => self.language(language.as_ref()),
            Command::Host(name) => self.host(&name),
            Command::Auth(_) => self.say(Message::NoSecurity, &[]),
            Command::Smnt(_) => self.say_verb(Message::NotImplemented, Verb::Smnt),
            Command::Abor => self.abort(),
            Command::Stat(None) => self.status(),
            Command::Retr(name) => self.retrieve(&name),
            Command::Stor(name) => self.store(Verb::Stor, &name),
            Command::Appe(name) => self.store(Verb::Appe, &name),
            Command::Stou => self.store_unique(),
            Command::List(path) => self.list(Verb::List, path.as_ref()),
            Command::Nlst(path) => self.list(Verb::Nlst, path.as_ref()),
            Command::Mlsd(path) => self.list(Verb::Mlsd, path.as_ref()),
            Command::Stat(Some(path)) => self.status_of(&path),
            Command::Mlst(path) => self.facts_of(path.as_ref()),
            Command::Cwd(path) => self.change_directory(&path),
            Command::Cdup => self.directory_up(),
            Command::Pwd => {
                let quoted = self.s.directory.quoted();
                self.say(Message::WorkingDirectory, &[("quoted", quoted)]);
            }
            Command::Mkd(path) => self.make_directory(&path),
            Command::Rmd(path) => self.remove_directory(&path),
            Command::Dele(path) => self.delete(&path),
            Command::Rnfr(path) => self.rename_from(&path),
            Command::Rnto(path) => self.rename_to(&path),
            Command::Size(path) => self.size_of(&path),
            Command::Mdtm(path) => self.time_of(&path),
            Command::Site(argument) => self.site(argument),
            Command::Unknown { .. } if self.persona().ignores_unknown => {
                self.give(Answer::Nothing);
            }
            Command::Unknown { verb, .. } => {
                self.say(Message::UnknownCommand, &[("verb", Text::from(verb))]);
            }
        }
    }

    /// Answers a line that is not a command.
    pub fn bad_command(&mut self, error: CommandError) {
        let message = match error {
            CommandError::Empty | CommandError::BadVerb => Message::UnknownCommand,
            CommandError::MissingParameter(_) | CommandError::BadParameter(_) => {
                Message::BadParameter
            }
            CommandError::NoSuchValue(Verb::Eprt | Verb::Epsv) => Message::WrongFamily,
            CommandError::NoSuchValue(Verb::Type) => Message::BadType,
            CommandError::NoSuchValue(_) => Message::BadValue,
        };
        let verb = match error {
            CommandError::MissingParameter(verb)
            | CommandError::BadParameter(verb)
            | CommandError::NoSuchValue(verb) => verb.name(),
            CommandError::Empty | CommandError::BadVerb => "",
        };
        let values = [("verb", Text::from(verb)), ("families", self.families())];
        self.say(message, &values);
    }

    /// The address families of this session, as in a 522 reply.
    fn families(&self) -> Text {
        Text::from(Family::of(self.s.local.ip()).to_string())
    }

    fn set_type(&mut self, data_type: DataType) {
        let data_type = match data_type {
            DataType::Ascii(Form::Telnet) if self.persona().telnet_format => {
                DataType::Ascii(Form::NonPrint)
            }
            other => other,
        };
        match data_type {
            DataType::Ascii(Form::NonPrint) | DataType::Image | DataType::Local(8) => {
                self.s.data_type = data_type;
                self.say(Message::TypeSet, &[]);
            }
            _ => self.say_verb(Message::BadType, Verb::Type),
        }
    }

    fn set_structure(&mut self, structure: Structure) {
        match structure {
            Structure::Page if !self.persona().page_structure => {
                self.say_verb(Message::BadValue, Verb::Stru);
            }
            Structure::File | Structure::Page => {
                // Pages can be asked for; the transfer then says 551.
                self.s.structure = structure;
                let name = if structure == Structure::File {
                    "F"
                } else {
                    "P"
                };
                self.say(Message::StructureSet, &[("structure", Text::from(name))]);
            }
            Structure::Record => self.say_verb(Message::BadValue, Verb::Stru),
        }
    }

    fn set_mode(&mut self, mode: TransferMode) {
        match mode {
            TransferMode::Stream => {
                self.s.mode = mode;
                self.say(Message::ModeSet, &[("mode", Text::from("S"))]);
            }
            TransferMode::Block if self.persona().block_mode => {
                self.s.mode = mode;
                self.say(Message::ModeSet, &[("mode", Text::from("B"))]);
            }
            _ => self.say_verb(Message::BadValue, Verb::Mode),
        }
    }

    fn set_port(&mut self, verb: Verb, address: SocketAddr) {
        if self.s.epsv_all {
            self.say_verb(Message::AfterEpsvAll, verb);
        } else if Family::of(address.ip()) != Family::of(self.s.local.ip()) {
            let families = self.families();
            self.say(Message::WrongFamily, &[("families", families)]);
        } else if address.port() == 0 {
            self.say_verb(Message::BadParameter, verb);
        } else if address.ip() != self.s.peer.ip() || address.port() < 1024 {
            // The bounce attack (RFC 2577 §3): connect to nobody but the client.
            self.say_verb(Message::PortRefused, verb);
        } else {
            self.close_data();
            self.s.data = Data::Active(address);
            self.say_verb(Message::PortSet, verb);
        }
    }

    fn passive(&mut self) {
        if self.s.epsv_all {
            self.say_verb(Message::AfterEpsvAll, Verb::Pasv);
        } else if self.s.local.is_ipv6() {
            // 227 has no room for the address (RFC 2428 §3).
            self.say_verb(Message::NotImplemented, Verb::Pasv);
        } else {
            self.listen(PassiveReply::Pasv);
        }
    }

    fn extended_passive(&mut self, request: EpsvRequest) {
        match request {
            EpsvRequest::All => {
                self.s.epsv_all = true;
                self.say(Message::EpsvAll, &[]);
            }
            EpsvRequest::Family(family) if family != Family::of(self.s.local.ip()) => {
                let families = self.families();
                self.say(Message::WrongFamily, &[("families", families)]);
            }
            EpsvRequest::Any | EpsvRequest::Family(_) => self.listen(PassiveReply::Epsv),
        }
    }

    fn listen(&mut self, reply: PassiveReply) {
        self.close_data();
        self.s.data = Data::Requested(reply);
        self.s.passive_rule = self.s.rule.clone();
        self.act(Action::Listen { port: None });
    }

    /// The listener stands: says where.
    pub fn say_passive(&mut self, reply: PassiveReply, address: SocketAddr) {
        let rule = self.s.rule.as_ref();
        let ip = rule.and_then(|r| r.address).unwrap_or(address.ip());
        let port = rule.and_then(|r| r.port).unwrap_or(address.port());
        let address = match ip {
            IpAddr::V4(address) => HostPort { address, port }.to_string(),
            IpAddr::V6(ip) => ip.to_string(),
        };
        let values = [
            ("address", Text::from(address)),
            ("port", Text::from(port.to_string())),
        ];
        let own = rule.and_then(Rule::announcement);
        if let Some(own) = own.map(|template| fill_reply(template, &values)) {
            return self.reply(own);
        }
        match (reply, ip) {
            (PassiveReply::Pasv, IpAddr::V4(_)) => self.say(Message::Passive, &values),
            _ => self.say(Message::ExtendedPassive, &values),
        }
    }

    /// Whether the server does what the verb asks for.
    pub fn known(&self, verb: Verb) -> bool {
        let persona = self.persona();
        !persona.unknown.contains(&verb) && !persona.unimplemented.contains(&verb)
    }

    fn help(&mut self, topic: Option<&Text>) {
        let word = topic.map(|topic| topic.to_string()).unwrap_or_default();
        let (code, leading, last) = match Verb::parse(word.trim()) {
            Some(verb) if self.known(verb) => {
                let form = match verb.parameter() {
                    Parameter::None => "",
                    Parameter::Optional => " [parameter]",
                    Parameter::Required => " parameter",
                };
                let text = format!("Syntax: {verb}{form} ({}).", verb.clause());
                (214, Vec::new(), text)
            }
            None if word.is_empty() => {
                let known: Vec<&str> = Verb::ALL
                    .iter()
                    .filter(|verb| self.known(**verb))
                    .map(|verb| verb.name())
                    .collect();
                let lines = known
                    .chunks(8)
                    .map(|c| Text::from(format!(" {}", c.join(" "))));
                let mut leading = vec![Text::from("These commands are recognized:")];
                leading.extend(lines);
                (214, leading, "That is all.".to_string())
            }
            _ => (501, Vec::new(), "No such command.".to_string()),
        };
        if let Some(code) = ReplyCode::new(code) {
            self.reply(Reply::with_lines(code, leading, last));
        }
    }

    fn features(&mut self) {
        let mut leading = vec![Text::from("Features:")];
        for (line, verb) in FEATURES {
            if self.known(verb) {
                // One space before each (RFC 2389 §3.2).
                leading.push(Text::from(match line {
                    "MLST" => format!(" MLST {}", self.s.facts.as_feature()),
                    line => format!(" {line}"),
                }));
            }
        }
        if let Some(code) = ReplyCode::new(211) {
            self.reply(Reply::with_lines(code, leading, "End"));
        }
    }

    fn option(&mut self, argument: Text) {
        let words = argument.to_string().to_ascii_uppercase();
        match words.split_whitespace().collect::<Vec<_>>().as_slice() {
            // Names are bytes here: UTF-8 is always on.
            ["UTF8"] | ["UTF8", "ON" | "NLST"] => {
                self.say(Message::OptionSet, &[("argument", argument)]);
            }
            ["MLST", list @ ..] if list.len() < 2 && self.known(Verb::Mlst) => {
                self.s.facts = Facts::chosen(list.first().copied().unwrap_or_default());
                let told = Text::from(format!("MLST OPTS {}", self.s.facts).trim_end());
                self.say(Message::OptionSet, &[("argument", told)]);
            }
            _ => self.say(Message::OptionUnknown, &[]),
        }
    }

    fn language(&mut self, language: Option<&Text>) {
        let wanted = language.map(|l| l.to_string().to_ascii_lowercase());
        match wanted.as_deref() {
            None => self.say(Message::LanguageSet, &[]),
            Some(tag) if tag == "en" || tag.starts_with("en-") => {
                self.say(Message::LanguageSet, &[]);
            }
            Some(_) => self.say_verb(Message::BadValue, Verb::Lang),
        }
    }

    fn host(&mut self, name: &Text) {
        let inside = self.user().is_some() || self.s.user_name().is_some();
        if inside {
            // RFC 7151 §3.2: HOST comes before USER.
            self.say(Message::HostTooLate, &[]);
        } else if name
            .to_string()
            .eq_ignore_ascii_case(&self.shared.config.host_name.to_string())
        {
            self.say(Message::HostAccepted, &[]);
        } else {
            self.say(Message::HostUnknown, &[]);
        }
    }

    fn status(&mut self) {
        let mut leading = vec![
            Text::from(format!("Status of {}:", self.shared.config.host_name)),
            Text::from(format!(" Connected to {}", self.s.peer.ip())),
        ];
        if let Some((name, _)) = self.user() {
            leading.push(Text::from(format!(" Logged in as {name}")));
        }
        leading.push(Text::from(format!(" TYPE: {}", self.s.data_type)));
        leading.push(Text::from(match &self.s.transfer {
            Some(transfer) => format!(" {} bytes transferred so far", transfer.moved),
            None => " No data connection".to_string(),
        }));
        if let Some(code) = ReplyCode::new(211) {
            self.reply(Reply::with_lines(code, leading, "End of status"));
        }
    }
}
