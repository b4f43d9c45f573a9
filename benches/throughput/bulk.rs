//! TCP alone, in a lab built in Rust: one host sends zeros, another throws them away.

use wirelab::actor::discard::{DiscardClient, DiscardServer};
use wirelab::host::{HostConfig, Ipv4Cidr};
use wirelab::lab::Lab;

use crate::link::fast_link;

/// A lab in which `bytes` go from one host to another.
pub fn lab(bytes: u64) -> Lab {
    let (mut lab, lan) = fast_link();
    let [sender, receiver] = [2, 1].map(|last| {
        let cidr = Ipv4Cidr {
            address: [10, 2, 0, last].into(),
            prefix: 24,
        };
        lab.host(HostConfig::new(format!("host-{last}"), cidr), lan)
    });
    let client = DiscardClient::new(([10, 2, 0, 1], 9).into(), bytes);
    lab.actor("send", sender, Box::new(client));
    lab.actor("discard", receiver, Box::new(DiscardServer::new(9)));
    lab
}
