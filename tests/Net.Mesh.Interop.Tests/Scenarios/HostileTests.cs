using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Datagrams that mean nothing, or no good.</summary>
public sealed class HostileTests
{
    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task Nonsense_disturbs_neither_side(Implementation whose)
    {
        await using Pair pair = await Pair.ConnectedAsync(whose);
        await pair.TalkAsync();
        byte[][] nonsense = [.. Nonsense(ulong.Parse(pair.Ours.Id.AsSpan(2), System.Globalization.NumberStyles.HexNumber))];
        using var stranger = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        foreach (byte[] datagram in nonsense)
        {
            await stranger.SendAsync(datagram, pair.Ours.EndPoint);
            await stranger.SendAsync(datagram, pair.Other.EndPoint);
            // And as if the peer had sent it.
            await pair.Ours.Lines.CallAsync("send_datagram", new() { ["addr"] = pair.Other.Address, ["hex"] = Convert.ToHexStringLower(datagram) });
        }
        await pair.TalkAsync(stream: 0x61);
        await Until.TrueAsync(async () => await DropsAsync(pair.Ours) >= nonsense.Length / 2, "our node counted no drops");
    }

    [Fact]
    [Trait("spec", "01 T3")]
    [Trait("spec", "02 T4")]
    public async Task A_dial_survives_forged_answers()
    {
        await using Pair pair = await Pair.StartedAsync(Implementation.Original, new() { IsStarted = false });
        // The original answers when it is started, so the forged answers come first.
        Task<JsonObject> dialling = pair.Ours.ConnectAsync(pair.Other);
        using var stranger = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        for (int i = 0; i < 5; i++)
            await stranger.SendAsync(ForgedAnswer(pair, i), pair.Ours.EndPoint);
        await Until.TrueAsync(async () => await pair.Ours.CounterAsync("drop: HandshakeFailed") >= 5, "the forged answers did not arrive");
        Assert.False(dialling.IsCompleted);
        await pair.Other.Lines.CallAsync("start");
        await dialling;
        await pair.TalkAsync();
    }

    private static async Task<long> DropsAsync(TestNode ours) =>
        (await ours.Lines.CallAsync("stats"))["counters"]!.AsObject().Where(static pair => pair.Key.StartsWith("drop: ", StringComparison.Ordinal)).Sum(static pair => pair.Value!.GetValue<long>());

    private static byte[] ForgedAnswer(Pair pair, int seed)
    {
        ulong ours = Convert.ToUInt64(pair.Ours.Id, 16), other = Convert.ToUInt64(pair.Other.Id, 16);
        byte[] datagram = Routed(ours, (uint)other, Handshake(48, seed));
        return datagram;
    }

    private static IEnumerable<byte[]> Nonsense(ulong ourId)
    {
        var random = new Random(11);
        foreach (int length in (int[])[0, 1, 2, 14, 17, 67, 68, 72, 84, 85, 86, 100, 1500, 8192])
        {
            foreach (string start in (string[])["", "454e", "5254", "5048", "454e01", "454e0110", "454e0120", "52541000"])
            {
                byte[] datagram = new byte[length];
                random.NextBytes(datagram);
                byte[] head = Convert.FromHexString(start);
                head.AsSpan(0, Math.Min(head.Length, length)).CopyTo(datagram);
                yield return datagram;
            }
        }
        yield return Handshake(48, 1);
        yield return Handshake(0, 2);
        yield return Routed(ourId, 5, Handshake(56, 3));
        yield return Routed(ourId, 5, Handshake(8, 4));
        yield return Routed(ourId ^ 0xFFFF, 5, Handshake(56, 5));
    }

    private static byte[] Handshake(int noiseBytes, int seed)
    {
        byte[] packet = new byte[68 + noiseBytes];
        new Random(seed).NextBytes(packet.AsSpan(68));
        "EN"u8.CopyTo(packet);
        packet[2] = 1;
        packet[3] = 0x10;
        BinaryPrimitives.WriteUInt16LittleEndian(packet.AsSpan(64), (ushort)noiseBytes);
        return packet;
    }

    private static byte[] Routed(ulong destination, uint source, byte[] packet)
    {
        byte[] datagram = new byte[18 + packet.Length];
        "RT"u8.CopyTo(datagram);
        datagram[2] = 16;
        BinaryPrimitives.WriteUInt32LittleEndian(datagram.AsSpan(6), source);
        BinaryPrimitives.WriteUInt64LittleEndian(datagram.AsSpan(10), destination);
        packet.CopyTo(datagram, 18);
        return datagram;
    }
}
