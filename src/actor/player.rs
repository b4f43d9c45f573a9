//! Where a script is being played: steps in order, loops, and the words put into them.

use std::net::SocketAddr;

use super::script::{Act, Each, Expect, Script, Step, Target};
use crate::ftp::Text;
use crate::ftp::client::Verb;

/// What comes next.
#[derive(Debug)]
pub(super) enum Cue {
    /// This step, in this round of the innermost loop.
    Step(Step, Option<(u32, u32)>),
    /// The connection is closed before the next round.
    Disconnect,
    /// Nothing more.
    End,
}

/// A place in a script.
#[derive(Debug)]
pub(super) struct Player {
    levels: Vec<Level>,
}

/// A list of steps, and which comes next.
#[derive(Debug)]
struct Level {
    steps: Vec<Step>,
    next: usize,
    looping: Option<Looping>,
}

/// A loop under way.
#[derive(Debug)]
struct Looping {
    each: Each,
    /// The step that is the loop.
    number: u32,
    /// From 0.
    round: usize,
    /// How many rounds the connection has served.
    served: u32,
    /// The round's connection has been seen to.
    prepared: bool,
    /// This round is the last.
    stopped: bool,
}

impl Player {
    pub fn new(script: Script) -> Player {
        Player {
            levels: vec![Level {
                steps: script.steps,
                next: 0,
                looping: None,
            }],
        }
    }

    /// What comes next; `connected` says whether a control connection stands.
    pub fn next(&mut self, connected: bool) -> Cue {
        loop {
            let Some(level) = self.levels.last_mut() else {
                return Cue::End;
            };
            if let Some(looping) = &mut level.looping {
                if looping.round >= looping.each.words.len() {
                    self.levels.pop();
                    continue;
                }
                if level.next == 0 && !looping.prepared {
                    looping.prepared = true;
                    if let (Some(target), false) = (&looping.each.connect, connected) {
                        looping.served = 0;
                        let step = Step::new(looping.number, Act::Connect(target.clone()));
                        return Cue::Step(step, self.round());
                    }
                }
            }
            if let Some(step) = level.steps.get(level.next).cloned() {
                level.next += 1;
                match step.act {
                    Act::Each(each) => self.enter(step.number, each),
                    _ => return Cue::Step(step, self.round()),
                }
            } else if level.end_round() && connected {
                return Cue::Disconnect;
            } else if level.looping.is_none() {
                self.levels.pop();
            }
        }
    }

    fn enter(&mut self, number: u32, mut each: Each) {
        self.levels.push(Level {
            steps: core::mem::take(&mut each.steps),
            next: 0,
            looping: Some(Looping {
                each,
                number,
                round: 0,
                served: 0,
                prepared: false,
                stopped: false,
            }),
        });
    }

    /// A step has ended; `meets` says whether what came of it meets an expectation.
    pub fn came(&mut self, meets: impl Fn(&Expect) -> bool) {
        for level in &mut self.levels {
            if let Some(looping) = &mut level.looping {
                let stop = looping.each.stop_when.as_ref();
                looping.stopped |= stop.is_some_and(&meets);
            }
        }
    }

    fn innermost(&self) -> Option<&Looping> {
        self.levels
            .iter()
            .rev()
            .find_map(|level| level.looping.as_ref())
    }

    /// The round of the innermost loop, from 1, and of how many.
    fn round(&self) -> Option<(u32, u32)> {
        let looping = self.innermost()?;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Some((count(looping.round + 1), count(looping.each.words.len())))
    }

    /// Whom a step connects to, in this round.
    pub fn target(&self, act: &Act) -> Option<SocketAddr> {
        match act {
            Act::Connect(Target::Address(address)) => Some(*address),
            Act::Connect(Target::PerRound(all)) => {
                let round = self.innermost().map_or(0, |looping| looping.round);
                all.get(round).or(all.last()).copied()
            }
            _ => None,
        }
    }

    /// The verb with `{word}`, `{index}` and `{total}` filled in.
    pub fn substitute(&self, verb: &Verb) -> Verb {
        let (Some(looping), Some((index, total))) = (self.innermost(), self.round()) else {
            return verb.clone();
        };
        let Some(word) = looping.each.words.get(looping.round) else {
            return verb.clone();
        };
        let (index, total) = (index.to_string(), total.to_string());
        let values = [
            (&b"{word}"[..], word.as_bytes()),
            (b"{index}", index.as_bytes()),
            (b"{total}", total.as_bytes()),
        ];
        verb.map_texts(&|text| fill(text, &values))
    }
}

impl Level {
    /// Goes on to the next round of the loop, if this is one; true if its
    /// connection has served its time.
    fn end_round(&mut self) -> bool {
        let Some(looping) = &mut self.looping else {
            return false;
        };
        self.next = 0;
        looping.prepared = false;
        looping.round += 1;
        looping.served += 1;
        if looping.stopped {
            looping.round = looping.each.words.len();
        }
        let limit = looping.each.per_connection;
        let last = looping.round >= looping.each.words.len();
        if limit.is_some_and(|limit| looping.served >= limit) && !last {
            looping.served = 0;
            return true;
        }
        false
    }
}

/// Puts values in the place of names.
fn fill(text: &Text, values: &[(&[u8], &[u8])]) -> Text {
    let mut rest = text.as_bytes();
    let mut out = Vec::new();
    while let Some((&byte, after)) = rest.split_first() {
        match values.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, value)) => {
                out.extend_from_slice(value);
                rest = rest.get(name.len()..).unwrap_or(&[]);
            }
            None => {
                out.push(byte);
                rest = after;
            }
        }
    }
    Text::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::ReplyCode;

    fn cd(number: u32, text: &str) -> Step {
        Step::new(number, Act::Ftp(Verb::Cd(text.into())))
    }

    fn guesses(per_connection: Option<u32>) -> Script {
        let each = Each {
            words: ["a", "b", "c"].map(Text::from).to_vec(),
            connect: Some(Target::Address(([10, 2, 0, 1], 21).into())),
            per_connection,
            stop_when: ReplyCode::new(230).map(|code| Expect::Replies(vec![code])),
            steps: vec![cd(1, "{word} {index}/{total}")],
        };
        Script {
            steps: vec![Step::new(0, Act::Each(each)), cd(2, "after")],
        }
    }

    /// Plays a script to its end; `success` is the round that is met.
    fn play(script: Script, success: u32) -> Vec<String> {
        let mut player = Player::new(script);
        let (mut connected, mut said) = (false, Vec::new());
        loop {
            match player.next(connected) {
                Cue::End => return said,
                Cue::Disconnect => {
                    connected = false;
                    said.push("disconnect".into());
                }
                Cue::Step(step, round) => {
                    let Act::Ftp(verb) = &step.act else {
                        connected = true;
                        said.push(format!("{} connect", step.number));
                        continue;
                    };
                    if let Verb::Cd(text) = player.substitute(verb) {
                        said.push(format!("{} {text}", step.number));
                    }
                    let met = round.is_some_and(|(n, _)| n == success);
                    player.came(|_| met);
                }
            }
        }
    }

    #[test]
    fn loops_connect_and_stop() {
        assert_eq!(
            play(guesses(Some(2)), 99),
            [
                "0 connect",
                "1 a 1/3",
                "1 b 2/3",
                "disconnect",
                "0 connect",
                "1 c 3/3",
                "2 after"
            ]
        );
        assert_eq!(
            play(guesses(None), 2),
            ["0 connect", "1 a 1/3", "1 b 2/3", "2 after"]
        );
    }

    #[test]
    fn a_loop_over_nothing_is_passed_by() {
        let mut script = guesses(None);
        if let Some(Step {
            act: Act::Each(each),
            ..
        }) = script.steps.first_mut()
        {
            each.words.clear();
        }
        assert_eq!(play(script, 0), ["2 after"]);
    }
}
