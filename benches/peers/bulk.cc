// The peer of `examples/bulk.rs`: ns-3 moves some bytes over one TCP connection between two
// hosts on a CSMA segment, and writes what passes into one promiscuous pcap.
//
//     bulk BYTES PREFIX      writes PREFIX-1-0.pcap, the receiver's card
//
// Segments carry 1460 bytes and no timestamps, and checksums are computed and
// verified, so that its frames are those of a plain host and just as right.

#include <cstdlib>

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/csma-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"

using namespace ns3;

int main(int argc, char *argv[])
{
    if (argc != 3) {
        return 2;
    }
    uint64_t bytes = std::strtoull(argv[1], nullptr, 10);

    GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1460));
    Config::SetDefault("ns3::TcpSocketBase::Timestamp", BooleanValue(false));

    NodeContainer nodes;
    nodes.Create(2);
    CsmaHelper csma;
    // Never the reason to wait.
    csma.SetChannelAttribute("DataRate", StringValue("1000Gbps"));
    csma.SetChannelAttribute("Delay", StringValue("1us"));
    NetDeviceContainer cards = csma.Install(nodes);
    InternetStackHelper stack;
    stack.Install(nodes);
    Ipv4AddressHelper addresses;
    addresses.SetBase("10.2.0.0", "255.255.255.0");
    Ipv4InterfaceContainer interfaces = addresses.Assign(cards);

    InetSocketAddress receiver(interfaces.GetAddress(1), 20);
    BulkSendHelper bulk("ns3::TcpSocketFactory", receiver);
    bulk.SetAttribute("MaxBytes", UintegerValue(bytes));
    bulk.SetAttribute("SendSize", UintegerValue(65536));
    ApplicationContainer source = bulk.Install(nodes.Get(0));
    PacketSinkHelper sink("ns3::TcpSocketFactory", InetSocketAddress(Ipv4Address::GetAny(), 20));
    ApplicationContainer target = sink.Install(nodes.Get(1));
    source.Start(Seconds(0.001));
    target.Start(Seconds(0));

    csma.EnablePcap(argv[2], cards.Get(1), true);
    Simulator::Stop(Seconds(3600));
    Simulator::Run();
    uint64_t arrived = DynamicCast<PacketSink>(target.Get(0))->GetTotalRx();
    Simulator::Destroy();
    return arrived == bytes ? 0 : 1;
}
