//! An FTP client on a simulated host, driven by a script.

use super::dns::Lookup;
use super::errand::{Errand, Running};
use super::player::{Cue, Player};
use super::pump::{Pump, Stall};
use super::script::{Act, Expect, Script, Step, Target};
use super::{Actor, Outcome, Report, StepReport, Transfer, no_route};
use crate::ftp::Reply;
use crate::ftp::client::{
    self, Client, DataFailure, DataMode, Event, Late, Loss, Persona, Verb, VerbDone,
};
use crate::ftp::io::Endpoint;
use crate::host::Sockets;
use crate::rng::{Seed, Stream};
use crate::time::{Instant, format_duration};
use std::net::{IpAddr, SocketAddr};

/// An FTP client on a simulated host: a script, the client's machine, and its sockets.
///
/// Between two steps the person at it thinks, as long as the persona does,
/// unless a `wait` says how long. A step that goes otherwise than expected
/// ends the actor. When the script ends while a control connection stands, it
/// is closed in order, without QUIT.
#[derive(Debug)]
pub struct FtpClient {
    player: Player,
    persona: Persona,
    mode: Option<DataMode>,
    stall: Option<Stall>,
    digests: bool,
    rng: Stream,
    line: Option<(Client, Pump)>,
    /// Whom it called last, if no packet to them can leave.
    stranded: Option<IpAddr>,
    calling: Option<Calling>,
    errand: Option<Running>,
    now_playing: Option<Playing>,
    /// Something has been done: the next step is thought about.
    begun: bool,
    /// The next step needs no thought.
    waited: bool,
    next_at: Option<Instant>,
    report: Report,
}

/// Somebody to connect to, as soon as that can be done.
#[derive(Debug)]
enum Calling {
    /// Their name is being looked up.
    Name(Lookup, u16),
    /// The host has no address of its own yet.
    Address(SocketAddr),
    /// Those whom an errand is for: it waits for the host's address, and for
    /// theirs if it only knows their names.
    Errand(Errand, Option<Lookup>),
}

/// The step being played.
#[derive(Debug)]
struct Playing {
    step: Step,
    /// Where it is in the report.
    index: usize,
    deadline: Instant,
    /// It has begun to act.
    acting: bool,
}

impl FtpClient {
    /// A client that plays this script. `mode` is how it opens data
    /// connections, if not as its persona prefers; `rng` its own dice.
    pub fn new(script: Script, persona: Persona, mode: Option<DataMode>, rng: Stream) -> FtpClient {
        FtpClient {
            player: Player::new(script),
            persona,
            mode,
            stall: None,
            digests: true,
            rng,
            line: None,
            stranded: None,
            calling: None,
            errand: None,
            now_playing: None,
            begun: false,
            waited: false,
            next_at: Some(Instant::ZERO),
            report: Report {
                outcome: Outcome::Running,
                ..Report::default()
            },
        }
    }

    /// The same, on a machine whose data connections stall.
    pub fn stalling(self, stall: Option<Stall>) -> FtpClient {
        FtpClient { stall, ..self }
    }

    /// The same client, whose report lacks the SHA-256 of what moved, which
    /// takes a good part of the time of a long transfer.
    pub fn without_digests(self) -> FtpClient {
        FtpClient {
            digests: false,
            ..self
        }
    }

    fn is_over(&self) -> bool {
        self.report.outcome != Outcome::Running
    }

    /// Takes the next step from the script; false if there is nothing to do now.
    fn take_step(&mut self, now: Instant, sockets: &mut Sockets<'_>) -> bool {
        let connected = self
            .line
            .as_ref()
            .is_some_and(|(client, _)| client.is_connected());
        let (step, round) = match self.player.next(connected) {
            Cue::Step(step, round) => (step, round),
            Cue::Disconnect => {
                self.hang_up(now, sockets);
                return true;
            }
            Cue::End => {
                self.hang_up(now, sockets);
                self.report.outcome = Outcome::Finished;
                return false;
            }
        };
        let wait = match &step.act {
            Act::Wait(wait) => Some(wait.draw(&mut self.rng)),
            _ if self.waited || !self.begun => None,
            _ => Some(self.persona.think),
        };
        self.waited = matches!(step.act, Act::Wait(_));
        self.begun = true;
        let at = now + wait.unwrap_or_default();
        self.next_at = Some(at);
        let began = if self.waited { now } else { at };
        self.report.steps.push(StepReport {
            step: step.number,
            round,
            began,
            ended: None,
        });
        self.now_playing = Some(Playing {
            deadline: at + step.within,
            index: self.report.steps.len() - 1,
            step,
            acting: false,
        });
        true
    }

    /// Begins to act on the step, its time having come.
    fn begin(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        let Some(playing) = &mut self.now_playing else {
            return;
        };
        playing.acting = true;
        self.next_at = Some(playing.deadline);
        let (number, act) = (playing.step.number, playing.step.act.clone());
        sockets.begin_step(number);
        match act {
            Act::Connect(Target::Name(name, port)) => {
                self.calling = Some(Calling::Name(Lookup::new(&name), port));
            }
            Act::Connect(_) => match self.player.target(&act) {
                Some(to) => self.calling = Some(Calling::Address(to)),
                None => self.fail("there is no address to connect to".into()),
            },
            Act::Errand(errand) => self.calling = Some(Calling::Errand(errand, None)),
            Act::Ftp(verb) => {
                if let Verb::Mode(mode) = verb {
                    self.mode = Some(mode);
                }
                let verb = self.player.substitute(&verb);
                match &mut self.line {
                    Some((client, _)) => client.start(now, verb),
                    None if matches!(verb, Verb::Mode(_)) => self.step_done(now),
                    None => self.fail("there is no connection".into()),
                }
            }
            Act::Close => {
                self.hang_up(now, sockets);
                self.step_done(now);
            }
            Act::Abort => {
                if let Some((_, pump)) = self.line.take() {
                    pump.abort(sockets);
                }
                self.step_done(now);
            }
            Act::Wait(_) | Act::Each(_) => self.step_done(now),
        }
    }

    /// Finds out whom to connect to, and connects; true if it did, or failed.
    fn call(&mut self, now: Instant, sockets: &mut Sockets<'_>) -> bool {
        let found = match &mut self.calling {
            Some(Calling::Name(lookup, port)) => match lookup.step(now, sockets) {
                Some(Ok(address)) => Ok(SocketAddr::new(address, *port)),
                Some(Err(error)) => Err(format!("the server's name {error}")),
                None => return false,
            },
            Some(Calling::Address(to)) if sockets.is_ready_for(to.ip()) => Ok(*to),
            Some(Calling::Errand(errand, lookup)) => {
                if !errand.is_ready(sockets) {
                    return false;
                }
                let Some(name) = errand.unresolved() else {
                    self.errand = Some(errand.clone().begin(now));
                    self.calling = None;
                    return true;
                };
                let lookup = lookup.get_or_insert_with(|| Lookup::new(&name));
                match lookup.step(now, sockets) {
                    Some(Ok(address)) => {
                        errand.resolve(&name, address);
                        self.calling = Some(Calling::Errand(errand.clone(), None));
                        return true;
                    }
                    Some(Err(error)) => Err(format!("`{name}` {error}")),
                    None => return false,
                }
            }
            _ => return false,
        };
        self.calling = None;
        match found {
            Ok(to) => self.connect(now, sockets, to),
            // Nobody can be called by a name that nobody bears.
            Err(_) if self.expects(&Expect::Unreachable) => self.step_done(now),
            Err(message) => self.fail(message),
        }
        true
    }

    /// The present step may come to this.
    fn expects(&self, what: &Expect) -> bool {
        let expect = self
            .now_playing
            .as_ref()
            .and_then(|p| p.step.expect.as_ref());
        match expect {
            Some(Expect::AnyOf(any)) => any.contains(what),
            expect => expect == Some(what),
        }
    }

    /// Goes on with an errand; true if that is over.
    fn run_errand(&mut self, now: Instant, sockets: &mut Sockets<'_>) -> bool {
        let Some(number) = self.now_playing.as_ref().map(|p| p.step.number) else {
            return false;
        };
        let errand = self.errand.as_mut();
        let Some(report) = errand.and_then(|errand| errand.step(now, sockets, number)) else {
            return false;
        };
        self.errand = None;
        self.report.lines.extend(report.lines);
        let fails = self.expects(&Expect::Unreachable);
        match report.outcome {
            Outcome::Failed { .. } if fails => self.step_done(now),
            _ if fails && report.unanswered => self.step_done(now),
            Outcome::Failed { message, .. } => self.fail(message),
            _ if fails => self.fail("expected nobody to answer; somebody did".into()),
            _ => self.step_done(now),
        }
        true
    }

    fn connect(&mut self, now: Instant, sockets: &mut Sockets<'_>, to: SocketAddr) {
        self.hang_up(now, sockets);
        self.stranded = Some(to.ip()).filter(|peer| !sockets.has_route(*peer));
        let control = sockets.connect(to, None);
        let rng = Seed(self.rng.next_u64()).derive("client");
        let mut client = Client::new(self.persona.clone(), self.mode, to, rng);
        if !self.digests {
            client = client.without_digests();
        }
        client.start(now, Verb::Open);
        self.line = Some((client, Pump::new(control).stalling(self.stall)));
    }

    /// Closes the control connection in order, if one stands.
    fn hang_up(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        if let Some((mut client, mut pump)) = self.line.take() {
            client.close(now);
            pump.run(now, sockets, &mut client, None);
            pump.release(sockets);
        }
    }

    /// Lets the machine hear and act, and hears from it.
    fn pump(&mut self, now: Instant, sockets: &mut Sockets<'_>) -> bool {
        let step = self
            .now_playing
            .as_ref()
            .filter(|p| p.acting)
            .map(|p| p.step.number);
        let Some((client, pump)) = &mut self.line else {
            return false;
        };
        pump.run(now, sockets, client, step);
        if let Some(called) = pump.take_called() {
            self.stranded = Some(called).filter(|peer| !sockets.has_route(*peer));
        }
        let control = pump.control(sockets);
        let late = late(client);
        let mut dones = Vec::new();
        while let Some(event) = client.poll_event() {
            if let Event::Done(done) = event {
                dones.push(done);
            }
        }
        if pump.is_over()
            && let Some((_, pump)) = self.line.take()
        {
            pump.release(sockets);
        }
        let heard = !dones.is_empty();
        for done in dones {
            self.verb_done(now, control, done, &late);
        }
        heard
    }

    /// A verb has ended: compares with what was expected.
    fn verb_done(&mut self, now: Instant, control: Option<SocketAddr>, done: VerbDone, late: &str) {
        let Some(playing) = self.now_playing.as_ref().filter(|p| p.acting) else {
            return;
        };
        for moved in &done.moved {
            self.report.transfers.push(Transfer {
                step: playing.step.number,
                control,
                name: moved.name.to_string(),
                what: moved.what,
                bytes: moved.bytes,
                sha256: moved.sha256,
                took: moved.took,
                complete: moved.complete,
            });
        }
        let expected = match &playing.step.expect {
            Some(expect) => meets(expect, &done),
            None => succeeded(&playing.step.act, &done),
        };
        if expected {
            self.player.came(|expect| meets(expect, &done));
            self.step_done(now);
        } else {
            let came = describe(&done, self.stranded) + late;
            let message = mismatch(&playing.step, &came);
            self.fail(message);
        }
    }

    fn step_done(&mut self, now: Instant) {
        if let Some(playing) = self.now_playing.take()
            && let Some(report) = self.report.steps.get_mut(playing.index)
        {
            report.ended = Some(now);
        }
        self.next_at = Some(now);
    }

    fn fail(&mut self, message: String) {
        let step = self.now_playing.as_ref().map_or(0, |p| p.step.number);
        self.report.outcome = Outcome::Failed { step, message };
    }

    /// The step has taken as long as it may.
    fn too_late(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        let Some(playing) = &self.now_playing else {
            return;
        };
        // A stack that never gives up is given up for.
        let calls = matches!(playing.step.act, Act::Connect(_));
        if calls && self.expects(&Expect::Unreachable) {
            if let Some((_, pump)) = self.line.take() {
                pump.release(sockets);
            }
            self.calling = None;
            return self.step_done(now);
        }
        let silence = playing.step.expect.as_ref().is_some_and(expects_silence);
        if silence {
            if let Some((client, _)) = &mut self.line {
                client.give_up(now);
            }
            self.step_done(now);
        } else {
            let within = format_duration(playing.step.within);
            let client = self.line.as_ref().map(|(client, _)| client);
            let came = missing(client.and_then(Client::last_reply), &within);
            let late = client.map(late).unwrap_or_default();
            let message = mismatch(&playing.step, &(came + &late));
            self.fail(message);
        }
    }
}

impl Actor for FtpClient {
    fn step(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        // Each round either ends the script, or takes, begins or ends a step.
        loop {
            let heard =
                self.pump(now, sockets) | self.call(now, sockets) | self.run_errand(now, sockets);
            if self.is_over() {
                self.hang_up(now, sockets);
                return;
            }
            let progressed = match &self.now_playing {
                None => self.take_step(now, sockets),
                Some(playing) if !playing.acting => {
                    let due = self.next_at.is_some_and(|at| at <= now);
                    if due {
                        self.begin(now, sockets);
                    }
                    due
                }
                Some(playing) if playing.deadline <= now => {
                    self.too_late(now, sockets);
                    true
                }
                Some(_) => false,
            };
            if !heard && !progressed {
                return;
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.is_over() {
            return None;
        }
        let machine = self.line.as_ref().and_then(|(client, pump)| {
            Instant::earliest([client.poll_timeout(), pump.poll_timeout()])
        });
        let lookup = match &self.calling {
            Some(Calling::Name(lookup, _) | Calling::Errand(_, Some(lookup))) => {
                lookup.poll_timeout()
            }
            _ => None,
        };
        let errand = self.errand.as_ref().and_then(Running::poll_timeout);
        Instant::earliest([self.next_at, machine, lookup, errand])
    }

    fn is_done(&self) -> bool {
        self.is_over()
    }

    fn report(&self) -> Report {
        self.report.clone()
    }
}

/// What is good enough when nothing is said.
fn succeeded(act: &Act, done: &VerbDone) -> bool {
    match (&done.outcome, act) {
        (client::Outcome::Done, _) => true,
        // Of raw lines any final reply will do.
        (client::Outcome::Refused(_) | client::Outcome::Data(_), Act::Ftp(Verb::Send(_))) => true,
        _ => false,
    }
}

fn meets(expect: &Expect, done: &VerbDone) -> bool {
    let lost = |loss| done.outcome == client::Outcome::Lost(loss);
    match expect {
        Expect::Replies(codes) => {
            let came = done.replies.iter().map(|reply| reply.code());
            let last = done.replies.last().map(|reply| reply.code());
            let only_last = codes.len() == 1 && last == codes.first().copied();
            only_last || (!codes.is_empty() && came.eq(codes.iter().copied()))
        }
        Expect::Refused => lost(Loss::Refused),
        Expect::Unreachable => lost(Loss::Unreachable),
        Expect::Closed => lost(Loss::Closed),
        Expect::Reset => lost(Loss::Reset),
        Expect::Silence => false,
        Expect::AnyOf(any) => any.iter().any(|expect| meets(expect, done)),
    }
}

fn expects_silence(expect: &Expect) -> bool {
    match expect {
        Expect::Silence => true,
        Expect::AnyOf(any) => any.iter().any(expects_silence),
        _ => false,
    }
}

/// "expected 230; `530 Login incorrect.` came"
fn mismatch(step: &Step, came: &str) -> String {
    match &step.expect {
        Some(expect) => format!("expected {expect}; {came}"),
        None => format!("it was to succeed; {came}"),
    }
}

/// What a step still waited for when its time was over.
fn missing(last: Option<&Reply>, within: &str) -> String {
    match last {
        None => format!("nothing came within {within}"),
        Some(reply) if reply.code().is_preliminary() => {
            format!("`{reply}` came, and no final reply to it within {within}")
        }
        Some(reply) => format!("`{reply}` came, and not the rest of the data within {within}"),
    }
}

/// A reply that may have been meant for this step, and was taken for that to a
/// command of an earlier one.
fn late(client: &Client) -> String {
    let Some(Late { command, reply }) = client.late() else {
        return String::new();
    };
    let what = match command {
        Some(command) => format!("`{command}`"),
        None => "an earlier line".into(),
    };
    format!(
        "; `{reply}` came, and was taken for the answer to {what}, which nobody waited for any more"
    )
}

fn describe(done: &VerbDone, stranded: Option<IpAddr>) -> String {
    let unanswered = || stranded.map_or("nobody answered".into(), no_route);
    match &done.outcome {
        client::Outcome::Lost(Loss::Refused) => "the connection was refused".into(),
        client::Outcome::Lost(Loss::Unreachable) => unanswered(),
        client::Outcome::Lost(Loss::Closed) => "the server closed the connection".into(),
        client::Outcome::Lost(Loss::Reset) => "the server reset the connection".into(),
        client::Outcome::NotReady => "there is no connection".into(),
        client::Outcome::NotFtp(line) => format!("the server does not speak FTP: {line}"),
        client::Outcome::NotPrepared(reply) => {
            format!("what came before it was answered with `{reply}`")
        }
        client::Outcome::Data(DataFailure::Unreachable) => {
            format!("the data connection failed: {}", unanswered())
        }
        client::Outcome::Data(failure) => format!("the data connection failed: {failure}"),
        client::Outcome::Done | client::Outcome::Refused(_) => {
            let replies: Vec<String> = done.replies.iter().map(|r| format!("`{r}`")).collect();
            match replies.as_slice() {
                [] => "no reply came".into(),
                replies => format!("{} came", replies.join(", ")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::ReplyCode;

    fn done(codes: &[u16]) -> VerbDone {
        let code = |c: &u16| ReplyCode::new(*c).unwrap();
        VerbDone {
            replies: codes.iter().map(|c| Reply::new(code(c), "x")).collect(),
            outcome: client::Outcome::Done,
            moved: Vec::new(),
        }
    }

    fn replies(codes: &[u16]) -> Expect {
        Expect::Replies(codes.iter().map(|c| ReplyCode::new(*c).unwrap()).collect())
    }

    #[test]
    fn what_is_missing_is_told() {
        let said = |codes: &[u16]| missing(done(codes).replies.last(), "2s");
        assert_eq!(said(&[]), "nothing came within 2s");
        let words = "`150 x` came, and no final reply to it within 2s";
        assert_eq!(said(&[150]), words);
        let words = "`226 x` came, and not the rest of the data within 2s";
        assert_eq!(said(&[150, 226]), words);
    }

    #[test]
    fn expectations() {
        let came = done(&[150, 226]);
        assert!(meets(&replies(&[150, 226]), &came));
        assert!(meets(&replies(&[226]), &came));
        assert!(!meets(&replies(&[150]), &came));
        assert!(!meets(&replies(&[]), &done(&[])));
        assert!(meets(
            &Expect::AnyOf(vec![Expect::Refused, replies(&[226])]),
            &came
        ));
        assert!(expects_silence(&Expect::AnyOf(vec![Expect::Silence])));
    }
}
