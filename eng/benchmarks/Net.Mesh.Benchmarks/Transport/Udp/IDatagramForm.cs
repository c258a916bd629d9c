namespace Net.Mesh.Benchmarks.Transport.Udp;

/// <summary>What a datagram is for.</summary>
internal enum DatagramKind : byte
{
    Messages = 1,
    Ping = 2,
    Confirmation = 3,
}

/// <summary>How messages lie in a datagram. One thread.</summary>
internal interface IDatagramForm : IDisposable
{
    /// <summary>The messages of this size that one datagram carries.</summary>
    int MessagesOf(int size);

    /// <summary>The length of a datagram with so many messages.</summary>
    int LengthOf(int size, int messages);

    /// <summary>The length of the message in a datagram with one.</summary>
    int SizeIn(int datagramLength);

    /// <summary>Writes a datagram full of messages.</summary>
    /// <param name="datagram">As long as <see cref="LengthOf"/> says.</param>
    /// <param name="kind">What it is for.</param>
    /// <param name="sequence">Never twice the same from one sender.</param>
    /// <param name="size">The length of a message.</param>
    void Write(Span<byte> datagram, DatagramKind kind, long sequence, int size);

    /// <summary>Reads a datagram, in place.</summary>
    /// <returns>How many messages it carries; -1 when it is not authentic.</returns>
    int Read(Span<byte> datagram, out DatagramKind kind, out long sequence);
}
