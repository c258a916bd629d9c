namespace Net.Mesh.Cortex.Hosting;

/// <summary>What of <see cref="RedexOptions"/> a configuration can say.</summary>
internal sealed class RedexSettings
{
    public string? PersistentDirectory { get; set; }

    public TimeSpan? RetentionSweepInterval { get; set; }

    public void CopyTo(RedexOptions options)
    {
        options.PersistentDirectory = PersistentDirectory ?? options.PersistentDirectory;
        options.RetentionSweepInterval = RetentionSweepInterval ?? options.RetentionSweepInterval;
    }
}
