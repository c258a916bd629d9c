using System.Text;
using Net.Mesh.Cortex.Logs.Storage;

namespace Net.Mesh.Logs.Tests.Volumes;

/// <summary>What many tests do with logs.</summary>
internal static class TestLogs
{
    public const string Root = "/logs";

    public const string Name = "the/log";

    public const string Folder = Root + "/" + Name;

    public static readonly RedexFileOptions Persistent = new() { Persistent = true };

    public static Redex On(IVolume volume, TimeProvider? time = null) =>
        new(new RedexOptions { PersistentDirectory = Root, RetentionSweepInterval = TimeSpan.Zero, TimeProvider = time ?? TimeProvider.System }, volume);

    public static Redex In(string directory, TimeProvider? time = null) =>
        new(new RedexOptions { PersistentDirectory = directory, RetentionSweepInterval = TimeSpan.Zero, TimeProvider = time ?? TimeProvider.System });

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(this RedexEvent read) => Encoding.UTF8.GetString(read.Payload.Span);

    public static List<(ulong Seq, string Payload)> Contents(this RedexFile log) =>
        [.. log.ReadRange(0, ulong.MaxValue).Select(static read => (read.Seq, Convert.ToHexStringLower(read.Payload.Span)))];

    public static List<ulong> Sequences(this RedexFile log) => [.. log.ReadRange(0, ulong.MaxValue).Select(static read => read.Seq)];
}
