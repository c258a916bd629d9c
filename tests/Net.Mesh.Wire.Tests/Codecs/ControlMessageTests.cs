namespace Net.Mesh.Wire.Tests.Codecs;

/// <summary>Stream control and lifecycle messages survive the wire; another length or kind is refused.</summary>
public sealed class ControlMessageTests
{
    private static readonly byte[] Window = Written(StreamWindow.Bytes, new StreamWindow(1, 2, 3).Write);
    private static readonly byte[] Nack = Written(StreamNack.Bytes, new StreamNack(1, 2, 3).Write);
    private static readonly byte[] Reset = Written(StreamReset.Bytes, new StreamReset(1).Write);
    private static readonly byte[] Close = Written(StreamClose.Bytes, new StreamClose(1, 2, 3).Write);
    private static readonly byte[] Closed = Written(StreamClosed.Bytes, new StreamClosed(1, 2, StreamClosedStatus.GapGivenUp, 3).Write);
    private static readonly byte[] Bye = Written(Goodbye.Bytes, new Goodbye(GoodbyeReason.Overloaded).Write);

    private delegate void Writer(Span<byte> destination);

    [Fact]
    public void Every_field_survives_the_wire() => Gen.Select(Gen.ULong, Gen.ULong, Gen.ULong, Gen.UInt, Gen.Int[0, 3]).Sample((a, b, c, epoch, kind) =>
    {
        var window = new StreamWindow(a, b, c);
        Assert.True(StreamWindow.TryParse(Written(StreamWindow.Bytes, window.Write), out StreamWindow readWindow));
        Assert.Equal(window, readWindow);
        var nack = new StreamNack(a, b, c);
        Assert.True(StreamNack.TryParse(Written(StreamNack.Bytes, nack.Write), out StreamNack readNack));
        Assert.Equal(nack, readNack);
        var reset = new StreamReset(a);
        Assert.True(StreamReset.TryParse(Written(StreamReset.Bytes, reset.Write), out StreamReset readReset));
        Assert.Equal(reset, readReset);
        var close = new StreamClose(a, epoch, b);
        Assert.True(StreamClose.TryParse(Written(StreamClose.Bytes, close.Write), out StreamClose readClose));
        Assert.Equal(close, readClose);
        var closed = new StreamClosed(a, epoch, (StreamClosedStatus)kind, b);
        Assert.True(StreamClosed.TryParse(Written(StreamClosed.Bytes, closed.Write), out StreamClosed readClosed));
        Assert.Equal(closed, readClosed);
        var goodbye = new Goodbye((GoodbyeReason)kind);
        Assert.True(Goodbye.TryParse(Written(Goodbye.Bytes, goodbye.Write), out Goodbye readGoodbye));
        Assert.Equal(goodbye, readGoodbye);
    }, threads: 1);

    [Fact]
    public void Lifecycle_messages_have_their_layout()
    {
        Assert.Equal("01" + "0807060504030201" + "0d0c0b0a" + "1817161514131211",
            Hex(Written(StreamClose.Bytes, new StreamClose(0x0102030405060708, 0x0A0B0C0D, 0x1112131415161718).Write)));
        Assert.Equal("02" + "0807060504030201" + "0d0c0b0a" + "03" + "1817161514131211",
            Hex(Written(StreamClosed.Bytes, new StreamClosed(0x0102030405060708, 0x0A0B0C0D, StreamClosedStatus.UnknownStream, 0x1112131415161718).Write)));
        Assert.Equal("0301", Hex(Written(Goodbye.Bytes, new Goodbye(GoodbyeReason.Migrating).Write)));
    }

    [Fact]
    public void Every_other_length_is_refused()
    {
        AssertLength(bytes => StreamWindow.TryParse(bytes, out _), Window);
        AssertLength(bytes => StreamNack.TryParse(bytes, out _), Nack);
        AssertLength(bytes => StreamReset.TryParse(bytes, out _), Reset);
        AssertLength(bytes => StreamClose.TryParse(bytes, out _), Close);
        AssertLength(bytes => StreamClosed.TryParse(bytes, out _), Closed);
        AssertLength(bytes => Goodbye.TryParse(bytes, out _), Bye);
    }

    [Fact]
    public void Another_kind_or_an_unknown_status_is_refused()
    {
        Assert.False(StreamClose.TryParse(Changed(Close, 0, 2), out _));
        Assert.False(StreamClosed.TryParse(Changed(Closed, 0, 1), out _));
        Assert.False(StreamClosed.TryParse(Changed(Closed, 13, 4), out _));
        Assert.False(Goodbye.TryParse(Changed(Bye, 0, 1), out _));
    }

    [Fact]
    public void A_goodbye_for_a_reason_of_the_future_is_a_goodbye()
    {
        Assert.True(Goodbye.TryParse([3, 77], out Goodbye goodbye));
        Assert.Equal((GoodbyeReason)77, goodbye.Reason);
    }

    [Fact]
    public void Random_bytes_are_refused_or_read()
    {
        Hostile.AssertSurvives(bytes => StreamWindow.TryParse(bytes, out _), StreamWindow.Bytes);
        Hostile.AssertSurvives(bytes => StreamNack.TryParse(bytes, out _), StreamNack.Bytes);
        Hostile.AssertSurvives(bytes => StreamReset.TryParse(bytes, out _), StreamReset.Bytes);
        Hostile.AssertSurvives(bytes => StreamClose.TryParse(bytes, out _), StreamClose.Bytes);
        Hostile.AssertSurvives(bytes => StreamClosed.TryParse(bytes, out _), StreamClosed.Bytes);
        Hostile.AssertSurvives(bytes => Goodbye.TryParse(bytes, out _), Goodbye.Bytes);
    }

    private static void AssertLength(Parser parse, byte[] message)
    {
        Hostile.AssertRefusesTruncations(parse, message);
        Hostile.AssertRefusesTrailingByte(parse, message);
    }

    private static byte[] Written(int length, Writer write)
    {
        byte[] bytes = new byte[length];
        write(bytes);
        return bytes;
    }

    private static byte[] Changed(byte[] message, int at, byte value)
    {
        byte[] changed = [.. message];
        changed[at] = value;
        return changed;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
