using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex;

/// <summary>
/// The snapshots of a database's models in one piece (spec 06 §7.4). Each is whole by itself; they are not of one instant. The
/// bytes have no version, and no field will be added to them.
/// </summary>
/// <param name="Tasks">The tasks, or null when the database has none.</param>
/// <param name="Memories">The memories, or null when the database has none.</param>
public sealed record NetDbSnapshot(ModelSnapshot? Tasks, ModelSnapshot? Memories)
{
    /// <summary>The bytes.</summary>
    public byte[] Encode()
    {
        var output = new ArrayBufferWriter<byte>(64 + (Tasks?.Bytes.Length ?? 0) + (Memories?.Bytes.Length ?? 0));
        var writer = new PostcardWriter(output);
        Write(ref writer, Tasks);
        Write(ref writer, Memories);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads a bundle. The states in it are copied, and not looked into; what stands behind it is ignored.</summary>
    /// <exception cref="NetDbException"><see cref="NetDbErrorKind.Snapshot"/>: the bytes are none.</exception>
    public static NetDbSnapshot Decode(ReadOnlySpan<byte> bytes) => TryDecode(bytes, out NetDbSnapshot? snapshot)
        ? snapshot
        : throw new NetDbException(
            NetDbErrorKind.Snapshot, $"{bytes.Length} bytes are no snapshot of a database. Give it what {nameof(Encode)} returned, in full.");

    /// <summary>Reads a bundle; false when the bytes are none.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out NetDbSnapshot? snapshot)
    {
        snapshot = null;
        var reader = new PostcardReader(bytes);
        if (!TryRead(ref reader, out ModelSnapshot? tasks) || !TryRead(ref reader, out ModelSnapshot? memories))
            return false;
        snapshot = new NetDbSnapshot(tasks, memories);
        return true;
    }

    private static void Write(ref PostcardWriter writer, ModelSnapshot? model)
    {
        writer.WriteBoolean(model.HasValue);
        if (model is not { } some)
            return;
        writer.WriteBytes(some.Bytes.Span);
        writer.WriteBoolean(some.LastSeq.HasValue);
        if (some.LastSeq is { } seq)
            writer.WriteVarint(seq);
    }

    private static bool TryRead(ref PostcardReader reader, out ModelSnapshot? model)
    {
        model = null;
        if (!reader.TryReadBoolean(out bool isThere))
            return false;
        if (!isThere)
            return true;
        ulong seq = 0;
        if (!reader.TryReadBytes(out ReadOnlySpan<byte> bytes) || !reader.TryReadBoolean(out bool hasSeq) || (hasSeq && !reader.TryReadVarint(out seq)))
            return false;
        model = new ModelSnapshot(bytes.ToArray(), hasSeq ? seq : null);
        return true;
    }
}
