//! Fields of FTP, line by line as they stand in the segment.

use std::net::IpAddr;

use super::defs::*;
use super::{Place, Value};
use crate::dissect::{Dissected, TransferId};
use crate::ftp::address::find_epsv;
use crate::ftp::{Command, HostPort, ReplyCode, ReplyKind, Verb, split_line, verb_word};

pub(super) fn control(from_client: bool, payload: &[u8], mut at: Place<'_>) {
    let who = if from_client {
        "client to server"
    } else {
        "server to client"
    };
    at.title(&FTP, format_args!("{who}"));
    let whole = 0..payload.len();
    at.flag(&FTP_REQUEST, whole.clone(), from_client, "");
    at.flag(&FTP_RESPONSE, whole, !from_client, "");
    let mut place = 0;
    for line in payload.split_inclusive(|b| *b == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        // Telnet commands may stand before a verb.
        let telnet = text.iter().take_while(|b| **b >= 0xf0).count();
        let text = text.get(telnet..).unwrap_or_default();
        if from_client {
            request(text, place + telnet, &mut at);
        } else {
            response(text, place + telnet, &mut at);
        }
        place += line.len();
    }
}

pub(super) fn data(transfer: Option<TransferId>, seen: &Dissected<'_>, mut at: Place<'_>) {
    let len = seen.packet.payload_len;
    at.title(&FTP_DATA, format_args!("{len} bytes"));
    let Some(transfer) = transfer.and_then(|id| seen.context.transfer(id)) else {
        return;
    };
    let setup = Value::Text(transfer.setup.name().as_bytes());
    at.put(&FTP_DATA_SETUP, 0..0, setup, format_args!(""));
    if let Some(command) = &transfer.command {
        let mut line = command.verb.name().as_bytes().to_vec();
        if let Some(argument) = &command.argument {
            line.push(b' ');
            line.extend_from_slice(argument.as_bytes());
        }
        let line = Value::Text(&line);
        at.put(&FTP_DATA_COMMAND, 0..0, line, format_args!(""));
        let frame = command.frame;
        at.number(&FTP_DATA_COMMAND_FRAME, 0..0, frame, format_args!(""));
    }
}

fn request(line: &[u8], place: usize, at: &mut Place<'_>) {
    if line.is_empty() {
        return;
    }
    let (word, argument) = split_line(line);
    let verb = verb_word(line).and_then(|word| Verb::parse(&word));
    let end = place + word.len();
    let words = verb.map_or("unknown", verb_words);
    let clause = verb.map_or("", Verb::clause);
    at.put(
        &FTP_REQUEST_COMMAND,
        place..end,
        Value::Text(word),
        format_args!(
            "{words}{}{clause}",
            if clause.is_empty() { "" } else { ", " }
        ),
    );
    let Some(argument) = argument else { return };
    let range = end + 1..end + 1 + argument.len();
    at.put(
        &FTP_REQUEST_ARG,
        range.clone(),
        Value::Text(argument),
        format_args!(""),
    );
    match Command::parse(line) {
        Ok(Command::Port(HostPort { address, port })) => {
            at.put(
                &FTP_ACTIVE_IP,
                range.clone(),
                Value::Ip(address.into()),
                format_args!(""),
            );
            let [high, low] = port.to_be_bytes();
            at.number(
                &FTP_ACTIVE_PORT,
                range,
                port,
                format_args!("{high} × 256 + {low}"),
            );
        }
        Ok(Command::Eprt(place)) => {
            let def = match place.0.ip() {
                IpAddr::V4(_) => &FTP_EPRT_IP,
                IpAddr::V6(_) => &FTP_EPRT_IPV6,
            };
            at.put(
                def,
                range.clone(),
                Value::Ip(place.0.ip()),
                format_args!(""),
            );
            at.number(&FTP_EPRT_PORT, range, place.0.port(), format_args!(""));
        }
        _ => {}
    }
}

fn response(line: &[u8], place: usize, at: &mut Place<'_>) {
    let Some(code) = ReplyCode::from_line(line) else {
        at.put(
            &FTP_RESPONSE_ARG,
            place..place + line.len(),
            Value::Text(line),
            format_args!("a line of a longer reply"),
        );
        return;
    };
    let words = kind_words(code.kind());
    at.number(
        &FTP_RESPONSE_CODE,
        place..place + 3,
        code.get(),
        format_args!("{words}"),
    );
    let text = line.get(4..).unwrap_or_default();
    let range = place + 4..place + 4 + text.len();
    at.put(
        &FTP_RESPONSE_ARG,
        range.clone(),
        Value::Text(text),
        format_args!(""),
    );
    let text = String::from_utf8_lossy(text);
    match code.get() {
        227 => {
            if let Some(HostPort { address, port }) = HostPort::find(&text) {
                at.put(
                    &FTP_PASSIVE_IP,
                    range.clone(),
                    Value::Ip(address.into()),
                    format_args!(""),
                );
                let [high, low] = port.to_be_bytes();
                at.number(
                    &FTP_PASSIVE_PORT,
                    range,
                    port,
                    format_args!("{high} × 256 + {low}"),
                );
            }
        }
        229 => {
            if let Some(port) = find_epsv(&text) {
                at.number(&FTP_EPSV_PORT, range, port, format_args!(""));
            }
        }
        _ => {}
    }
}

fn kind_words(kind: ReplyKind) -> &'static str {
    match kind {
        ReplyKind::Preliminary => "begun: another reply follows",
        ReplyKind::Completion => "done",
        ReplyKind::Intermediate => "so far so good: more is needed",
        ReplyKind::TransientNegative => "not now: the same command may work later",
        ReplyKind::PermanentNegative => "no: the same command will fail again",
        ReplyKind::Protected => "a protected reply",
    }
}

/// What a verb asks for.
fn verb_words(verb: Verb) -> &'static str {
    match verb {
        Verb::User => "who logs in",
        Verb::Pass => "the password, in clear text",
        Verb::Acct => "the account",
        Verb::Cwd => "change the folder",
        Verb::Cdup => "to the folder above",
        Verb::Smnt => "mount another file system",
        Verb::Rein => "start over, without a user",
        Verb::Quit => "end the session",
        Verb::Port => "where the client listens for data",
        Verb::Pasv => "the server shall listen for data",
        Verb::Type => "how data are represented",
        Verb::Stru => "the structure of files",
        Verb::Mode => "how data travel",
        Verb::Retr => "send this file",
        Verb::Stor => "store this file",
        Verb::Stou => "store under a name of the server's choice",
        Verb::Appe => "append to this file",
        Verb::Allo => "make room",
        Verb::Rest => "where to go on",
        Verb::Rnfr => "rename this",
        Verb::Rnto => "to this",
        Verb::Abor => "stop the transfer",
        Verb::Dele => "delete this file",
        Verb::Rmd => "remove this folder",
        Verb::Mkd => "make this folder",
        Verb::Pwd => "which folder is this?",
        Verb::List => "list the folder, with details",
        Verb::Nlst => "list the names in the folder",
        Verb::Site => "something of this server's own",
        Verb::Syst => "which system is this?",
        Verb::Stat => "how do things stand?",
        Verb::Help => "help",
        Verb::Noop => "nothing",
        Verb::Feat => "which extensions are there?",
        Verb::Opts => "set an option",
        Verb::Eprt => "where the client listens for data",
        Verb::Epsv => "the server shall listen for data",
        Verb::Lang => "in which language?",
        Verb::Mdtm => "when was the file changed?",
        Verb::Size => "how large is the file?",
        Verb::Mlst => "facts about one file",
        Verb::Mlsd => "list the folder, for programs",
        Verb::Host => "which of the server's names",
        Verb::Auth => "encrypt the connection",
    }
}
