//! What a report says of one TCP conversation.

use core::time::Duration;

use super::{ConversationReport, DataReport, RoundTripReport, RoundTripsReport, SideReport};
use crate::dissect::{Conversation, Direction, Dissector, State, Transfer};

/// The word for how a conversation stands.
fn state_name(state: State) -> &'static str {
    match state {
        State::Closed => "closed",
        State::Reset => "reset",
        State::Refused => "refused",
        State::Unanswered => "unanswered",
        State::Open => "open",
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

pub(super) fn conversation_report(talk: &Conversation) -> ConversationReport {
    let side = |direction| {
        let side = talk.side(direction);
        SideReport {
            frames: side.frames,
            bytes: side.bytes(),
            payload: side.payload_sent,
            retransmissions: side.repeated,
        }
    };
    ConversationReport {
        conversation: talk.id.0,
        client: talk.client,
        server: talk.server,
        first_frame: talk.first_frame,
        last_frame: talk.last_frame,
        state: state_name(talk.state()),
        from_client: side(Direction::FromClient),
        from_server: side(Direction::FromServer),
        round_trips: round_trips(talk),
    }
}

fn round_trips(talk: &Conversation) -> RoundTripsReport {
    let of = |direction| {
        let seen = talk.side(direction).round_trips();
        RoundTripReport {
            count: seen.count(),
            min_ns: nanos(seen.shortest()),
            avg_ns: nanos(seen.mean()),
            max_ns: nanos(seen.longest()),
        }
    };
    RoundTripsReport {
        initial_ns: talk.round_trip.map(nanos),
        from_client: of(Direction::FromClient),
        from_server: of(Direction::FromServer),
    }
}

/// The data connection of a transfer.
pub(super) fn data_report(
    talk: &Conversation,
    transfer: &Transfer,
    dissector: &Dissector,
) -> Option<DataReport> {
    let control = dissector.conversation(transfer.control)?;
    let client = dissector.control(transfer.control)?.client_direction();
    let client = control.sender(client).ip();
    let up = if talk.client.ip() == client {
        Direction::FromClient
    } else {
        Direction::FromServer
    };
    Some(DataReport {
        conversation: talk.id.0,
        from: talk.client,
        to: talk.server,
        uploaded: talk.bytes(up),
        downloaded: talk.bytes(up.opposite()),
        first_frame: talk.first_frame,
        last_frame: talk.last_frame,
        end: state_name(talk.state()),
    })
}
