using System.Buffers.Binary;

namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>
/// Reads the files of a log while another process appends to them, from one place on: only what is new is read. A generation that takes the
/// place of another is found again by its sequences.
/// </summary>
internal sealed class Follower(ChannelDirectory directory, ulong from)
{
    private const int RecordsAtOnce = 1024;

    private readonly byte[] _records = new byte[RecordsAtOnce * RedexEntry.Size];
    private uint _generation;
    private long _position;
    private ulong _next = from;

    /// <summary>What has come since the last call; none when nothing has.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public IReadOnlyList<RedexEvent> ReadNew()
    {
        uint generation = directory.FindGeneration();
        if (generation == 0)
            return [];
        if (generation != _generation)
            (_generation, _position) = (generation, 0);
        using IAppendFile? index = directory.Volume.OpenRead(directory.IndexPath(generation));
        using IAppendFile? data = directory.Volume.OpenRead(directory.DataPath(generation));
        using IAppendFile? times = directory.Volume.OpenRead(directory.TimesPath(generation));
        if (index is null || data is null)
            return [];
        var found = new List<RedexEvent>();
        int count;
        do
        {
            count = index.Read(_records, _position * RedexEntry.Size) / RedexEntry.Size;
            int read = 0;
            while (read < count && TryRead(_records.AsSpan(read * RedexEntry.Size), data, times, _position + read, found))
                read++;
            _position += read;
            if (read < count)
                break;
        }
        while (count == RecordsAtOnce && found.Count < RecordsAtOnce);
        return found;
    }

    // False where the log ends for now: behind it is room that was made and not used, or a record that is being written.
    private bool TryRead(ReadOnlySpan<byte> record, IAppendFile data, IAppendFile? times, long position, List<RedexEvent> found)
    {
        RedexEntry.TryRead(record, out RedexEntry entry);
        if (entry.Tail == 0 || entry.PayloadEnd > data.Length)
            return false;
        byte[] payload = new byte[entry.PayloadLength];
        if (entry.IsInline)
            BinaryPrimitives.WriteUInt64LittleEndian(payload, entry.Body);
        else
            data.Read(payload, entry.PayloadOffset);
        if (PayloadChecksum.Of(payload) == entry.Checksum && entry.Seq >= _next)
        {
            Span<byte> stamp = stackalloc byte[Segment.TimeSize];
            bool hasTime = times?.Read(stamp, position * Segment.TimeSize) == Segment.TimeSize;
            found.Add(new(entry, payload, hasTime ? BinaryPrimitives.ReadUInt64LittleEndian(stamp) : 0));
            _next = entry.Seq + 1;
        }
        return true;
    }
}
