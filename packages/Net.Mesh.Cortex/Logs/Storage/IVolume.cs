namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>
/// What logs ask of a file system. The real one is <see cref="DiskVolume"/>; tests put one in its place that fails, or forgets what was
/// not synced. Failures are <see cref="IOException"/>.
/// </summary>
internal interface IVolume
{
    void CreateDirectory(string path);

    bool DirectoryExists(string path);

    /// <summary>Whether there is a regular file.</summary>
    bool FileExists(string path);

    /// <summary>The names of the directories in a directory.</summary>
    IReadOnlyList<string> DirectoriesIn(string path);

    /// <summary>A small file, at most its first 64 bytes; null when there is none.</summary>
    byte[]? ReadSmall(string path);

    /// <summary>Opens a file, made when absent, to read all of it and write behind its end.</summary>
    IAppendFile Open(string path);

    /// <summary>Opens a file to read it only; null when there is none.</summary>
    IAppendFile? OpenRead(string path);

    /// <summary>Writes a small file beside its place, syncs it and puts it into its place in one step.</summary>
    void Replace(string path, string temporary, ReadOnlySpan<byte> content);

    void MoveFile(string from, string to);

    /// <summary>Deletes a file; nothing to do when it or its directory is not there.</summary>
    void DeleteFile(string path);

    /// <summary>Deletes an empty directory; one that is not empty stays.</summary>
    void DeleteEmptyDirectory(string path);

    /// <summary>Makes the names in a directory durable, where the system has a call for it.</summary>
    void SyncDirectory(string path);

    /// <summary>Takes a file for this process alone, until it is disposed of or the process ends; null when somebody has it.</summary>
    IDisposable? TryLock(string path);
}

/// <summary>A file that grows at its end. One writer; <see cref="Sync"/> may run beside it.</summary>
internal interface IAppendFile : IDisposable
{
    /// <summary>How many bytes count: what was written. The file itself may be longer while it is open.</summary>
    long Length { get; }

    /// <summary>Writes behind the end. What it leaves after a failure <see cref="Truncate"/> takes back.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Forgets what is behind so many bytes.</summary>
    void Truncate(long length);

    /// <summary>Reads up to so many bytes from a place; fewer at the end.</summary>
    int Read(Span<byte> destination, long offset);

    /// <summary>Makes everything written before the call durable.</summary>
    void Sync();

    /// <summary>Closes the file and drops what is beyond its length.</summary>
    void Close();
}
