//! A scenario, played: the run, what a tap saw of it with the scenario's
//! notes, and whether all came as it should.

use core::fmt;
use std::net::IpAddr;

use sha2::{Digest, Sha256};

use super::addresses::Addresses;
use super::notes::Notes;
use super::sight::Survey;
use super::translated::Translated;
use super::{Lab, Run, TRACE_EPOCH, checks, faults, notes, replay};
use crate::actor::dhcp::DhcpClient;
use crate::actor::echo::EchoServer;
use crate::actor::{Actor, FtpClient, FtpServer};
use crate::capture::{Capture, CapturedFrame, Section, TapError, TapPoint};
use crate::device::Replayer;
use crate::rng::Seed;
use crate::scenario::compile::{self, Plan, Service};
use crate::scenario::model::{LANGUAGE_VERSION, TapAt};
use crate::scenario::{Diagnostic, Loaded, Recorded, Scenario, Sources, builtin};
use crate::trace::Trace;

/// A scenario that was played.
#[derive(Debug)]
pub struct Played {
    /// The run.
    pub run: Run,
    /// The names of the taps that the capture was made at: each is one of its
    /// interfaces.
    pub taps: Vec<String>,
    /// What the tap saw, with the scenario's notes.
    pub capture: Capture,
    /// What did not come as the scenario says it should.
    pub failures: Vec<Diagnostic>,
}

/// What to play.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlayOptions<'a> {
    /// This seed instead of the scenario's.
    pub seed: Option<u64>,
    /// This tap instead of the scenario's own, or several, with commas between
    /// them: taps, segments and machines of the scenario by name.
    pub tap: Option<&'a str>,
}

/// Why a scenario cannot be played.
#[derive(Debug)]
pub enum PlayError {
    /// There is no tap of that name.
    Tap(TapError),
    /// Nobody has supplied the capture of that name.
    Capture(String),
}

impl From<TapError> for PlayError {
    fn from(error: TapError) -> PlayError {
        PlayError::Tap(error)
    }
}

impl fmt::Display for PlayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlayError::Tap(error) => write!(f, "{error}"),
            PlayError::Capture(name) => write!(f, "the capture {name} was not supplied"),
        }
    }
}

impl std::error::Error for PlayError {}

/// Plays a scenario.
///
/// The scenario's checks are held against the default tap, whichever tap the
/// capture is made at: the numbers of frames differ from tap to tap.
///
/// # Errors
/// When there is no tap of that name, or a capture that is to be played was
/// not supplied and does not come with the program.
pub fn play(loaded: &Loaded, options: PlayOptions<'_>) -> Result<Played, PlayError> {
    let scenario = &loaded.scenario;
    let plan = compile::plan(scenario, compile::seed(scenario, options.seed));
    let replays = replays(loaded, &plan)?;
    let run = build(&plan, &replays, &loaded.sources).run();
    let own = own_taps(scenario, &run.trace)?;
    let asked = options.tap.map(|names| {
        let names = names.split(',').map(str::trim);
        places(names, scenario, &run.trace)
    });
    let asked = asked.transpose()?;

    let addresses = addresses(&plan, &replays, &run);
    let mut capture = at(&own, &run);
    let survey = Survey::of(&capture, checks::texts(scenario));
    let translated = Translated::of(&plan, &run);
    let behind = |frame: &CapturedFrame| frame.id.map(|id| translated.ends(id));
    let behind = capture.frames.iter().map(|f| behind(f).unwrap_or_default());
    let seen = Seen {
        own: &own,
        run: &run,
        survey: &survey,
        behind: &behind.collect::<Vec<Vec<IpAddr>>>(),
        addresses: &addresses,
    };
    let (notes, failures) = judge(loaded, &plan, &seen);
    let taps = match asked {
        Some(asked) if asked != own => {
            // A note belongs to a transmission, and goes wherever that is seen.
            let ids: Vec<_> = capture.frames.iter().map(|frame| frame.id).collect();
            capture = at(&asked, &run);
            notes.write_by_id(&ids, &mut capture);
            asked
        }
        _ => {
            notes.write(&mut capture);
            own
        }
    };
    let taps: Vec<String> = taps.into_iter().map(|place| place.name).collect();
    capture.tell_faults(&run.trace, run.clock);
    capture.section = section(loaded, plan.seed, &taps.join(","));
    capture.names = names(plan, addresses);
    Ok(Played {
        run,
        taps,
        capture,
        failures,
    })
}

/// What is known of a run when it is judged.
pub(super) struct Seen<'a> {
    /// The scenario's own taps.
    pub own: &'a [Place],
    pub run: &'a Run,
    /// What they saw.
    pub survey: &'a Survey,
    /// The addresses that each frame has on the other side of a NAT.
    pub behind: &'a [Vec<IpAddr>],
    pub addresses: &'a Addresses,
}

/// Finds the frames of the notes, and what did not come as the scenario says.
pub(super) fn judge(loaded: &Loaded, plan: &Plan, seen: &Seen<'_>) -> (Notes, Vec<Diagnostic>) {
    let scenario = &loaded.scenario;
    let (run, survey, addresses) = (seen.run, seen.survey, seen.addresses);
    let mut failures = checks::of_run(scenario, run);
    let of_run = failures.len();
    failures.extend(checks::of_capture(scenario, survey, addresses));
    let own: Vec<&str> = seen.own.iter().map(|place| place.name.as_str()).collect();
    let own = own.join(", ");
    failures.extend(checks::of_expert(scenario, survey, &own));
    let joined = notes::join(scenario, run, (survey, seen.behind), addresses);
    failures.extend(joined.nowhere);
    // Of several segments, the one that was meant is easily another.
    if scenario.segments.things.len() > 1
        && let Some(last) = failures.get_mut(of_run..).and_then(<[_]>::last_mut)
        && last.help.is_none()
    {
        last.help = Some(format!(
            "checks and notes see what passes at `{own}`; `tap:` in the scenario names another place",
        ));
    }
    failures.extend(faults::unmet(plan, run, &loaded.sources));
    (joined.notes, failures)
}

/// Who bears which address.
pub(super) fn addresses(plan: &Plan, replays: &[Recorded], run: &Run) -> Addresses {
    let mut addresses = Addresses::of(plan, run);
    for (replay, frames) in plan.replays.iter().zip(replays) {
        if let Some((host, _)) = plan.hosts.get(replay.host) {
            addresses.replayed(&host.name, replay::senders(frames));
        }
    }
    addresses
}

/// The names of the addresses that there are.
fn names(plan: Plan, addresses: Addresses) -> Vec<(IpAddr, String)> {
    let planned = plan
        .names
        .into_iter()
        .map(|(name, address)| (address, name));
    planned.chain(addresses.lent).collect()
}

/// What each replay puts on the wire.
pub(super) fn replays(loaded: &Loaded, plan: &Plan) -> Result<Vec<Recorded>, PlayError> {
    let replays = plan.replays.iter();
    let frames = replays.map(|planned| {
        if let Some(recorded) = loaded.recorded.get(&planned.file) {
            return Ok(replay::played(planned, recorded));
        }
        let missing = || PlayError::Capture(planned.file.clone());
        let bytes = builtin::capture(&planned.file).ok_or_else(missing)?;
        let recorded = replay::frames(bytes).map_err(|_| missing())?;
        Ok(replay::played(planned, &recorded))
    });
    frames.collect()
}

/// A lab as planned.
pub(super) fn build(plan: &Plan, replays: &[Recorded], sources: &Sources) -> Lab {
    let mut lab = Lab::new(plan.seed);
    lab.clock = plan.clock;
    lab.limits = plan.limits;
    let segments: Vec<_> = plan
        .segments
        .iter()
        .map(|(name, config)| lab.segment(name, *config))
        .collect();
    let mut hosts: Vec<_> = plan
        .hosts
        .iter()
        .enumerate()
        .filter_map(|(number, (config, place))| {
            let segment = segments.get(*place)?;
            let mut played = plan.replays.iter().zip(replays);
            Some(match played.find(|(replay, _)| replay.host == number) {
                Some((_, frames)) => {
                    let replayer = Box::new(Replayer::new(frames.clone()));
                    lab.node(&config.name, replayer, &[*segment])
                }
                None => lab.host(config.clone(), *segment),
            })
        })
        .collect();
    for (segment, host) in &plan.mirrors {
        if let (Some(segment), Some(host)) = (segments.get(*segment), hosts.get(*host)) {
            lab.mirror(*segment, *host);
        }
    }
    for server in &plan.servers {
        if let Some(host) = hosts.get(server.host) {
            lab.actor(&server.name, *host, offer(&server.service));
        }
    }
    for client in &plan.actors {
        if let Some(host) = hosts.get(client.host) {
            let dice = plan.seed.derive(&format!("actor/{}/client", client.name));
            let (script, persona) = (client.script.clone(), client.persona.clone());
            let actor = FtpClient::new(script, persona, client.mode, dice).stalling(client.stall);
            lab.actor(&client.name, *host, Box::new(actor));
        }
    }
    for server in &plan.servers {
        if let Service::Ftp { port, .. } = server.service {
            lab.control_port(port);
        }
    }
    // Faults count the routers among the machines.
    hosts.extend(plan.routers.iter().map(|router| lab.router(router)));
    for fault in &plan.faults {
        faults::add(&mut lab, (&hosts, &segments), fault, sources);
    }
    lab
}

/// The actor that offers a service.
fn offer(service: &Service) -> Box<dyn Actor> {
    match service {
        Service::Ftp {
            config,
            files,
            port,
        } => Box::new(FtpServer::new((**config).clone(), files.clone(), *port)),
        Service::Dns(server) => Box::new(server.clone()),
        Service::Dhcp(server) => Box::new(server.clone()),
        Service::Echo(port) => Box::new(EchoServer::new(*port)),
        Service::Borrow => Box::new(DhcpClient::new()),
    }
}

/// Where a capture is made, and how much of each frame is kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub name: String,
    pub point: TapPoint,
    pub snap: Option<u32>,
}

impl Place {
    fn named(scenario: &Scenario, trace: &Trace, name: &str) -> Result<Place, TapError> {
        let snap = scenario.taps.get(name).and_then(|tap| tap.snap);
        Ok(Place {
            name: name.to_owned(),
            point: tap_point(scenario, trace, name)?,
            snap: snap.and_then(|snap| u32::try_from(snap.value.0).ok()),
        })
    }

    fn capture(&self, run: &Run) -> Capture {
        let mut capture = Capture::from_trace(&run.trace, self.point, run.clock);
        if let Some(snap) = self.snap {
            capture.snap(snap);
        }
        capture
    }
}

/// What one tap saw, or what several did.
fn at(places: &[Place], run: &Run) -> Capture {
    match places {
        [only] => only.capture(run),
        all => Capture::merged(all.iter().map(|place| place.capture(run)).collect()),
    }
}

/// The scenario's own taps: those it names, or its first segment.
pub(super) fn own_taps(scenario: &Scenario, trace: &Trace) -> Result<Vec<Place>, TapError> {
    if scenario.tap.is_empty() {
        let point = TapPoint::FIRST_SEGMENT;
        return Ok(vec![Place {
            name: point.name(trace).unwrap_or_default().to_owned(),
            point,
            snap: None,
        }]);
    }
    let names = scenario.tap.iter();
    places(names.map(|name| name.value.as_str()), scenario, trace)
}

/// The places of those names, each once: a frame is not seen twice by one tap.
fn places<'a>(
    names: impl Iterator<Item = &'a str>,
    scenario: &Scenario,
    trace: &Trace,
) -> Result<Vec<Place>, TapError> {
    let mut places: Vec<Place> = Vec::new();
    for name in names {
        let place = Place::named(scenario, trace, name)?;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    Ok(places)
}

/// The tap of that name: one of the scenario's, else a segment, else a host.
fn tap_point(scenario: &Scenario, trace: &Trace, name: &str) -> Result<TapPoint, TapError> {
    let tap = scenario.taps.get(name).and_then(|tap| tap.at());
    let place = match tap {
        Some(TapAt::Segment(place) | TapAt::Host(place)) => place.value.as_str(),
        None => name,
    };
    if let (Some(TapAt::Host(_)), Some(node)) = (tap, trace.node(place)) {
        return Ok(TapPoint::Nic { node, port: None });
    }
    TapPoint::named(trace, place).map_err(|error| TapError {
        name: error.name,
        known: scenario
            .taps
            .names()
            .into_iter()
            .map(str::to_owned)
            .chain(error.known)
            .collect(),
    })
}

/// What the capture says about itself. The program's version is not in it: a
/// new version writes the same bytes.
pub(super) fn section(loaded: &Loaded, seed: Seed, tap: &str) -> Section {
    let file = loaded.sources.file();
    let mut comments = vec![format!("scenario: {}", scenario_name(&file.name))];
    if let Some(title) = &loaded.scenario.title {
        comments.push(format!("title: {title}"));
    }
    comments.push(format!(
        "scenario sha256: {}",
        hex(&Sha256::digest(&file.text))
    ));
    for change in loaded.sources.changes() {
        comments.push(format!("{}={}", change.name, change.text));
    }
    comments.push(format!("seed: {seed}"));
    comments.push(format!("tap: {tap}"));
    comments.push(format!("scenario language: {LANGUAGE_VERSION}"));
    comments.push(format!("trace epoch: {TRACE_EPOCH}"));
    Section {
        application: Some("wirelab".into()),
        comments,
        ..Section::default()
    }
}

/// The name of a scenario, without its folder: where a file lies must not
/// change the bytes of its capture.
fn scenario_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
