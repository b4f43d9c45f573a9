//! Who bears which address in a run: as the scenario says, and as a DHCP server did.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::Run;
use crate::scenario::compile::{Plan, Service};
use crate::wire::{
    DhcpKind, DhcpMessage, Ethernet, Frame, Ipv4, MacAddr, Udp, ether_type, ip_protocol,
};

/// The addresses of all machines, by name.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    of: BTreeMap<String, Vec<IpAddr>>,
    /// Loans: names for the addresses that the plan could not know.
    pub lent: Vec<(IpAddr, String)>,
}

impl Addresses {
    pub fn of(plan: &Plan, run: &Run) -> Addresses {
        let mut all = Addresses::default();
        for (host, _) in &plan.hosts {
            let v4 = host.address.map(|cidr| cidr.address.into());
            let v6 = host.address6.map(|cidr| cidr.address.into());
            let both = v4.into_iter().chain(v6).collect();
            all.of.insert(host.name.clone(), both);
        }
        for &(place, address) in &plan.made6 {
            if let Some((host, _)) = plan.hosts.get(place)
                && let Some(own) = all.of.get_mut(&host.name)
            {
                own.extend([address, host.link_local(plan.seed)].map(IpAddr::V6));
            }
        }
        for router in &plan.routers {
            let ports = router.ports.iter().map(|(_, cidr)| cidr.address.into());
            let ports6 = router.ports6.iter().enumerate();
            let ports6 = ports6.filter_map(|(port, own)| {
                let link_local = router.link_local(plan.seed, port);
                Some([(*own)?.address.address, link_local].map(IpAddr::V6))
            });
            let both = ports.chain(ports6.flatten()).collect();
            all.of.insert(router.name.clone(), both);
        }
        let borrows = |service: &Service| matches!(service, Service::Borrow);
        if plan.servers.iter().any(|server| borrows(&server.service)) {
            all.note_loans(plan, run);
        }
        all
    }

    fn note_loans(&mut self, plan: &Plan, run: &Run) {
        let loans = run.trace.records.iter().filter_map(|r| loan(&r.frame));
        let loans: BTreeMap<MacAddr, IpAddr> = loans.collect();
        for (host, _) in &plan.hosts {
            if let Some(&address) = loans.get(&host.mac(plan.seed))
                && let Some(own) = self.of.get_mut(&host.name)
                && !own.contains(&address)
            {
                own.push(address);
                self.lent.push((address, host.name.clone()));
            }
        }
    }

    /// A host that plays a capture bears the addresses that it sends from.
    pub fn replayed(&mut self, name: &str, senders: BTreeSet<IpAddr>) {
        self.of
            .insert(name.to_owned(), senders.into_iter().collect());
    }

    /// The machine of that name bears that address.
    pub fn bears(&self, name: &str, address: IpAddr) -> bool {
        self.of.get(name).is_some_and(|own| own.contains(&address))
    }
}

/// An address that is lent with this frame, and to whom.
fn loan(frame: &Frame) -> Option<(MacAddr, IpAddr)> {
    let ethernet = Ethernet::new(frame.bytes())?;
    let is_ip = ethernet.ether_type() == ether_type::IPV4;
    let ip = Ipv4::new(ethernet.payload()).filter(|_| is_ip)?;
    let udp = (ip.protocol() == ip_protocol::UDP).then(|| Udp::new(ip.payload()))??;
    let message = (udp.source_port() == 67).then(|| DhcpMessage::parse(udp.payload()))??;
    let address = message.your_ip?;
    (message.kind == DhcpKind::Ack).then_some((message.client_mac, address.into()))
}
