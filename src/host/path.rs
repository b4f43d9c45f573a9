//! Paths that are narrower than the first link: what routers said would pass (RFC 1191, RFC 8201).

use std::collections::BTreeMap;
use std::net::IpAddr;

use smoltcp::iface::Interface;

/// The shortest path that is believed in: less would be an attack. RFC 1191 §3
/// has 68, Linux stops here; RFC 8201 §4 has 1280.
const LEAST: (u16, u16) = (552, 1280);

/// Destinations that are remembered; beyond them the lot is forgotten, and
/// learned anew.
const MAX_PATHS: usize = 1024;

/// Destinations, how long a packet to each may be, and for each such length an
/// interface that sends no longer ones: smoltcp asks its interface, not its
/// device, how long a segment may be.
#[derive(Default)]
pub(super) struct Paths {
    mtus: BTreeMap<IpAddr, u16>,
    interfaces: BTreeMap<u16, Interface>,
}

impl Paths {
    /// Notes how long a packet to `destination` may be, if that is less than
    /// was known, and less than the `usual`.
    pub(super) fn learn(
        &mut self,
        destination: IpAddr,
        mtu: u16,
        usual: usize,
        interface: impl FnOnce(usize) -> Interface,
    ) {
        let least = if destination.is_ipv4() {
            LEAST.0
        } else {
            LEAST.1
        };
        let mtu = mtu.max(least);
        let known = self.mtus.get(&destination).copied();
        if usize::from(mtu) >= known.map_or(usual, usize::from) {
            return;
        }
        if self.mtus.len() >= MAX_PATHS {
            self.mtus.clear();
            self.interfaces.clear();
        }
        self.mtus.insert(destination, mtu);
        self.interfaces
            .entry(mtu)
            .or_insert_with(|| interface(usize::from(mtu)));
    }

    /// Every path is as wide as the first link.
    pub(super) fn is_empty(&self) -> bool {
        self.mtus.is_empty()
    }

    /// How long a packet to `destination` may be, if its path is narrow.
    pub(super) fn mtu(&self, destination: IpAddr) -> Option<u16> {
        self.mtus.get(&destination).copied()
    }

    /// The interface for packets of that length.
    pub(super) fn interface(&mut self, mtu: u16) -> Option<&mut Interface> {
        self.interfaces.get_mut(&mtu)
    }

    pub(super) fn interfaces(&mut self) -> impl Iterator<Item = &mut Interface> {
        self.interfaces.values_mut()
    }
}
