using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EventPipe;

/// <summary>What the mesh did, for the summary.</summary>
/// <param name="Route">The processes on the way, and how the session is protected.</param>
/// <param name="PacketsForwarded">What the relay passed on.</param>
/// <param name="Sent">The events as they left.</param>
/// <param name="Received">The events as they arrived.</param>
internal sealed record MeshFacts(string Route, long PacketsForwarded, Digest Sent, Digest Received);

/// <summary>How many events, and a hash over all of them in their order.</summary>
internal sealed record Digest(long Count, string Sha256);

/// <summary>What the consuming process tells at the end.</summary>
internal sealed record SinkReport(Digest Received, long Unreadable, TallyReport Tally, string? Failure);

/// <summary>Sums on their way between processes.</summary>
internal sealed record TallyReport(StatusSum[] StatusClasses, PathSum[] Paths);

internal sealed record StatusSum(int StatusClass, Tally.Row Row);

internal sealed record PathSum(string Path, Tally.Row Row);

/// <summary>Hashes events one after the other; each with its length, so that no two sequences hash alike.</summary>
internal sealed class EventDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _count;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        _hash.AppendData(length);
        _hash.AppendData(bytes);
        _count++;
    }

    public Digest ToDigest() => new(_count, Convert.ToHexStringLower(_hash.GetCurrentHash()));

    public void Dispose() => _hash.Dispose();
}
