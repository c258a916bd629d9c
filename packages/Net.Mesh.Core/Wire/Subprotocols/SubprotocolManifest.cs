using System.Diagnostics.CodeAnalysis;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Net.Mesh.Wire;

/// <summary>One line of a manifest: a subprotocol, the version spoken, and the oldest version of the other side that works.</summary>
/// <param name="Id">The id on the wire.</param>
/// <param name="Version">The version that is spoken.</param>
/// <param name="MinCompatible">The oldest version that works; not newer than <paramref name="Version"/>.</param>
public readonly record struct SubprotocolManifestEntry(ushort Id, SubprotocolVersion Version, SubprotocolVersion MinCompatible)
{
    /// <summary>Whether two nodes with these entries understand each other: each is new enough for the other.</summary>
    public bool IsCompatibleWith(SubprotocolManifestEntry other) =>
        Id == other.Id && Version >= other.MinCompatible && other.Version >= MinCompatible;
}

/// <summary>
/// What a node can speak, as one message: no node of 0.27.2 sends or expects it (spec 02 §7.2), so nothing may wait for one.
/// Immutable.
/// </summary>
public sealed class SubprotocolManifest
{
    private const int CountBytes = 2;
    private const int EntryBytes = 6;

    private readonly SubprotocolManifestEntry[] _entries;

    /// <summary>A manifest of entries, in any order.</summary>
    /// <exception cref="ArgumentException">An id twice, or an entry whose oldest compatible version is newer than its version.</exception>
    public SubprotocolManifest(IEnumerable<SubprotocolManifestEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        _entries = [.. entries.OrderBy(entry => entry.Id)];
        if (!IsValid(_entries))
            throw new ArgumentException("Every id may be there once, and no oldest compatible version may be newer than the version.", nameof(entries));
    }

    private SubprotocolManifest(SubprotocolManifestEntry[] sortedEntries) => _entries = sortedEntries;

    /// <summary>The entries, ascending by id.</summary>
    public IReadOnlyList<SubprotocolManifestEntry> Entries => _entries;

    /// <summary>The length of the message in bytes.</summary>
    public int SizeInBytes => CountBytes + EntryBytes * _entries.Length;

    /// <summary>
    /// Reads a message; false for another length than its count asks for, an id twice, or an oldest compatible version that is
    /// newer than the version.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> message, [NotNullWhen(true)] out SubprotocolManifest? manifest)
    {
        manifest = null;
        if (message.Length < CountBytes)
            return false;
        int count = ReadUInt16LittleEndian(message);
        if (message.Length != CountBytes + EntryBytes * count)
            return false;
        var entries = new SubprotocolManifestEntry[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = message.Slice(CountBytes + EntryBytes * i, EntryBytes);
            entries[i] = new(ReadUInt16LittleEndian(entry), new(entry[2], entry[3]), new(entry[4], entry[5]));
        }
        Array.Sort(entries, static (left, right) => left.Id.CompareTo(right.Id));
        if (!IsValid(entries))
            return false;
        manifest = new(entries);
        return true;
    }

    /// <summary>The message.</summary>
    public byte[] ToBytes()
    {
        byte[] message = new byte[SizeInBytes];
        WriteUInt16LittleEndian(message, (ushort)_entries.Length);
        for (int i = 0; i < _entries.Length; i++)
        {
            SubprotocolManifestEntry entry = _entries[i];
            Span<byte> bytes = message.AsSpan(CountBytes + EntryBytes * i, EntryBytes);
            WriteUInt16LittleEndian(bytes, entry.Id);
            bytes[2] = entry.Version.Major;
            bytes[3] = entry.Version.Minor;
            bytes[4] = entry.MinCompatible.Major;
            bytes[5] = entry.MinCompatible.Minor;
        }
        return message;
    }

    /// <summary>What this node and another one can speak with each other. Ids that only one of them has are left out.</summary>
    public NegotiatedSet Negotiate(SubprotocolManifest remote)
    {
        ArgumentNullException.ThrowIfNull(remote);
        return new(this, remote);
    }

    // 65,536 ids fit a count of 16 bits less one: all of them at once is the one list that cannot be written.
    private static bool IsValid(ReadOnlySpan<SubprotocolManifestEntry> sorted)
    {
        for (int i = 0; i < sorted.Length; i++)
        {
            bool isRepeated = i > 0 && sorted[i].Id == sorted[i - 1].Id;
            if (isRepeated || sorted[i].MinCompatible > sorted[i].Version)
                return false;
        }
        return sorted.Length <= ushort.MaxValue;
    }
}
