using Microsoft.Extensions.Logging;

namespace Net.Mesh.Transport.Tests;

public sealed class PortableUdpTransportTests : UdpTransportContract
{
    internal override bool IsBatched => false;
}

/// <summary>Which transport is chosen, and what is said about it.</summary>
public sealed class UdpTransportTests
{
    [Fact]
    public async Task Batching_is_chosen_on_Linux_and_one_line_says_so()
    {
        var log = new ListLogger();
        await using IDatagramTransport transport = UdpTransport.Create(new() { BindAddress = new(IPAddress.Loopback, 0) }, log);
        (LogLevel level, int id, string text) = Assert.Single(log.Lines);
        Assert.Equal((LogLevel.Information, 101), (level, id));
        Assert.Contains(transport.LocalAddress.ToString(), text, StringComparison.Ordinal);
        Assert.Contains(transport.Description, text, StringComparison.Ordinal);
        string expected = OperatingSystem.IsLinux() ? "batched UDP, because the kernel has" : "portable UDP, one datagram a call, because the system is not";
        Assert.Contains(expected, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_portable_one_says_why()
    {
        var log = new ListLogger();
        await using IDatagramTransport transport = UdpTransport.Create(new() { BindAddress = new(IPAddress.Loopback, 0), UseBatching = false }, log);
        Assert.Contains("portable UDP, one datagram a call, because batching is switched off; receive buffer", Assert.Single(log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_refused_with_the_address()
    {
        await using IDatagramTransport first = UdpTransport.Create(new() { BindAddress = new(IPAddress.Loopback, 0) }, NullLogger.Instance);
        var options = new UdpTransportOptions { BindAddress = first.LocalAddress.ToIPEndPoint() };
        MeshException e = Assert.Throws<MeshException>(() => UdpTransport.Create(options, NullLogger.Instance));
        Assert.Equal("bind", e.Kind);
        Assert.Contains(first.LocalAddress.ToString(), e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_can_be_shared_by_those_who_both_ask_for_it()
    {
        var options = new UdpTransportOptions { BindAddress = new(IPAddress.Loopback, 0), ReuseAddress = true };
        await using IDatagramTransport first = UdpTransport.Create(options, NullLogger.Instance);
        await using IDatagramTransport second = UdpTransport.Create(options with { BindAddress = first.LocalAddress.ToIPEndPoint() }, NullLogger.Instance);
        Assert.Equal(first.LocalAddress, second.LocalAddress);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => UdpTransport.Create(new() { ReceiveBufferBytes = 4095 }, NullLogger.Instance));
        Assert.Throws<ArgumentOutOfRangeException>(() => UdpTransport.Create(new() { SendBufferBytes = -1 }, NullLogger.Instance));
        Assert.Throws<ArgumentOutOfRangeException>(() => UdpTransport.Create(new() { MaxDatagramBytes = 0 }, NullLogger.Instance));
        Assert.Throws<ArgumentOutOfRangeException>(() => UdpTransport.Create(new() { MaxDatagramBytes = 65_508 }, NullLogger.Instance));
        Assert.Throws<ArgumentNullException>(() => UdpTransport.Create(new() { BindAddress = null! }, NullLogger.Instance));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task The_two_implementations_understand_each_other(bool nearIsBatched, bool farIsBatched)
    {
        if (!OperatingSystem.IsLinux())
            throw Requires.Missing("batched UDP needs Linux.");
        var options = new UdpTransportOptions { BindAddress = new(IPAddress.Loopback, 0) };
        await using IDatagramTransport near = UdpTransport.Create(options with { UseBatching = nearIsBatched }, NullLogger.Instance);
        await using IDatagramTransport far = UdpTransport.Create(options with { UseBatching = farIsBatched }, NullLogger.Instance);
        var inbox = new Inbox();
        near.Start(inbox);
        far.Start(new Echo(far));
        byte[][] payloads = [.. Enumerable.Range(0, 60).Select(n => Sending.Numbered(n, n < 40 ? 8192 : 1200 - n))];
        foreach (byte[][] some in payloads.Chunk(20))
            near.Send(far.LocalAddress, some);
        inbox.WaitFor(60);
        Assert.Equal(payloads, inbox.Datagrams.Select(d => d.Payload));
    }
}
