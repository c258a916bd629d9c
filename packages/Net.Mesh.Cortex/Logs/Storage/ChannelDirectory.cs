using System.Globalization;

namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>
/// The directory of one channel: which generation lives, and the ways to its files (spec 06 §3.1, §3.3). Channels share the tree, so
/// nothing here deletes what is not this channel's own.
/// </summary>
internal sealed class ChannelDirectory(IVolume volume, string path)
{
    private const string IndexName = "idx";
    private const string DataName = "dat";
    private const string TimesName = "ts";

    private static readonly string[] SegmentNames = [IndexName, DataName, TimesName];

    public IVolume Volume => volume;

    public string Path => path;

    private string ManifestPath => In("manifest");

    private string FloorPath => In("~next");

    /// <summary>The directory of a channel under a base directory: one level for each segment of its name.</summary>
    public static string PathOf(string baseDirectory, ChannelName channel) =>
        System.IO.Path.Combine([baseDirectory, .. channel.ToString().Split('/')]);

    /// <summary>
    /// The first segment of a name that a channel's own files are called as well, so that a channel of that name would lie among
    /// another's (06 T6); null when there is none. The first level belongs to no channel, and is free.
    /// </summary>
    public static string? ReservedSegment(ChannelName channel)
    {
        foreach (string segment in channel.ToString().Split('/').Skip(1))
        {
            if (segment is "manifest" or "manifest.tmp" or IndexName or DataName or TimesName || TryGeneration(segment, out _))
                return segment;
        }
        return null;
    }

    public static string NameOf(uint generation) => string.Create(CultureInfo.InvariantCulture, $"v{generation:D10}");

    public string GenerationPath(uint generation) => In(NameOf(generation));

    public string IndexPath(uint generation) => System.IO.Path.Combine(GenerationPath(generation), IndexName);

    public string DataPath(uint generation) => System.IO.Path.Combine(GenerationPath(generation), DataName);

    public string TimesPath(uint generation) => System.IO.Path.Combine(GenerationPath(generation), TimesName);

    /// <summary>Makes the directory, and its name durable in all those above that this had to make.</summary>
    public void Create()
    {
        var made = new Stack<string>();
        for (string? at = path; at is not null && !volume.DirectoryExists(at); at = System.IO.Path.GetDirectoryName(at))
            made.Push(at);
        volume.CreateDirectory(path);
        foreach (string directory in made)
        {
            if (System.IO.Path.GetDirectoryName(directory) is { Length: > 0 } parent)
                volume.SyncDirectory(parent);
        }
    }

    /// <summary>Takes the channel for this process; null when somebody has it.</summary>
    public IDisposable? TryLock() => volume.TryLock(In("~lock"));

    /// <summary>The generation that the manifest names; 0 when it names none.</summary>
    public uint NamedGeneration() => Manifest.TryDecode(volume.ReadSmall(ManifestPath) ?? [], out uint named) ? named : 0;

    /// <summary>The generation that lives, without changing anything; 0 when there is none.</summary>
    public uint FindGeneration()
    {
        uint named = NamedGeneration();
        if (named > 0 && volume.FileExists(IndexPath(named)))
            return named;
        uint[] all = [.. Generations().OrderDescending()];
        // Complete ones first; but one that lost a file is better than nothing, whatever its number (06 T5).
        return all.Where(IsComplete).Concat(all.Where(generation => volume.FileExists(IndexPath(generation))))
            .Append(named > 0 && volume.DirectoryExists(GenerationPath(named)) ? named : 0)
            .First();
    }

    /// <summary>The generation that lives; found, taken over from the layout before 0.11, or made.</summary>
    public uint ResolveGeneration()
    {
        uint generation = FindGeneration();
        // A move from the old layout that was interrupted goes on: what is in the generation already is not in the way.
        if (generation == 0 || (generation == 1 && HasFlatLayout && NamedGeneration() != 1))
        {
            generation = 1;
            volume.CreateDirectory(GenerationPath(1));
            // The index last: without one a generation does not count.
            foreach (string name in (string[])[DataName, TimesName, IndexName])
            {
                if (volume.FileExists(In(name)) && !volume.FileExists(System.IO.Path.Combine(GenerationPath(1), name)))
                    volume.MoveFile(In(name), System.IO.Path.Combine(GenerationPath(1), name));
            }
            volume.SyncDirectory(GenerationPath(1));
            volume.SyncDirectory(path);
        }
        if (NamedGeneration() != generation)
        {
            WriteManifest(generation);
            volume.SyncDirectory(path);
        }
        return generation;
    }

    /// <summary>Whether the three files lie in the channel's directory itself, as before 0.11.</summary>
    public bool HasFlatLayout => SegmentNames.Any(name => volume.FileExists(In(name)));

    /// <summary>Names the generation that lives from now on. When this throws, the one before lives on.</summary>
    public void WriteManifest(uint generation)
    {
        try
        {
            volume.Replace(ManifestPath, In("manifest.tmp"), Manifest.Encode(generation));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException && NamedGeneration() == generation)
        {
            // It failed after the new name had taken its place: that decides.
        }
    }

    public SequenceFloor ReadFloor() => SequenceFloor.Decode(volume.ReadSmall(FloorPath));

    public void WriteFloor(ulong nextSeq) => volume.Replace(FloorPath, In("~next.tmp"), SequenceFloor.Encode(nextSeq));

    /// <summary>Takes back a floor that was raised for nothing; as far as it can. One that is too high leaves a gap, and no more.</summary>
    public void RestoreFloor(ulong nextSeq)
    {
        Attempt(() =>
        {
            if (ReadFloor().Next != nextSeq)
                WriteFloor(nextSeq);
        });
    }

    /// <summary>Makes the names in the directory durable.</summary>
    public void Sync() => volume.SyncDirectory(path);

    /// <summary>
    /// Deletes the generations that do not live and what an interrupted write left; as far as it can. Only once the name of the one
    /// that lives is durable: a loss of power must not bring back a manifest whose generation is gone.
    /// </summary>
    public void Sweep(uint live)
    {
        uint[] dead = [];
        Attempt(() => dead = [.. Generations().Where(generation => generation != live)]);
        if (dead.Length > 0 && Attempt(Sync))
        {
            foreach (uint generation in dead)
                Attempt(() => DeleteGeneration(generation));
        }
        Attempt(() => volume.DeleteFile(In("manifest.tmp")));
    }

    /// <summary>Deletes a generation that was begun and does not live, so that it takes no room; as far as it can.</summary>
    public void Discard(uint generation)
    {
        Attempt(() =>
        {
            if (NamedGeneration() != generation)
                DeleteGeneration(generation);
        });
    }

    /// <summary>Deletes the channel, and its directory when no other channel lies in it.</summary>
    public void Delete()
    {
        if (!volume.DirectoryExists(path))
            return;
        foreach (uint generation in Generations())
            DeleteGeneration(generation);
        foreach (string name in (string[])["manifest", "manifest.tmp", "~next", "~next.tmp", .. SegmentNames])
            volume.DeleteFile(In(name));
        volume.DeleteFile(In("~lock"));
        volume.DeleteEmptyDirectory(path);
    }

    private static bool TryGeneration(string name, out uint generation)
    {
        generation = 0;
        return name.Length == 11 && name[0] == 'v' && !name.AsSpan(1).ContainsAnyExceptInRange('0', '9')
            && uint.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out generation) && generation > 0;
    }

    private static bool Attempt(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It stays, is found at the next open, and hurts nobody until then.
            return false;
        }
    }

    private IEnumerable<uint> Generations()
    {
        foreach (string name in volume.DirectoriesIn(path))
        {
            if (TryGeneration(name, out uint generation))
                yield return generation;
        }
    }

    /// <summary>Whether a generation has its three files.</summary>
    public bool IsComplete(uint generation) =>
        volume.FileExists(IndexPath(generation)) && volume.FileExists(DataPath(generation)) && volume.FileExists(TimesPath(generation));

    /// <summary>Deletes what a generation consists of, and its directory if that was all: a channel may be called as one (06 T6).</summary>
    public void DeleteGeneration(uint generation)
    {
        volume.DeleteFile(IndexPath(generation));
        volume.DeleteFile(DataPath(generation));
        volume.DeleteFile(TimesPath(generation));
        volume.DeleteEmptyDirectory(GenerationPath(generation));
    }

    private string In(string name) => System.IO.Path.Combine(path, name);
}
