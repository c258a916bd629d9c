using System.Text.Json;

namespace Net.Mesh.JetStream;

/// <summary>What the server says about a stream, as far as the adapter cares.</summary>
internal sealed record StreamInfo
{
    public required string[] Subjects { get; init; }

    public required bool AllowDirect { get; init; }

    public required long MaxMessages { get; init; }

    public required long MaxBytes { get; init; }

    public required long MaxAgeNanoseconds { get; init; }

    public required long DedupWindowNanoseconds { get; init; }

    public required ulong Messages { get; init; }

    public required ulong Bytes { get; init; }

    public required ulong FirstSequence { get; init; }

    public required ulong LastSequence { get; init; }

    public required ulong Deleted { get; init; }

    public static StreamInfo From(JsonElement answer)
    {
        JsonElement config = answer.GetProperty("config");
        JsonElement state = answer.GetProperty("state");
        return new()
        {
            Subjects = config.TryGetProperty("subjects", out JsonElement subjects) && subjects.ValueKind == JsonValueKind.Array
                ? [.. subjects.EnumerateArray().Select(s => s.GetString()!)]
                : [],
            AllowDirect = config.TryGetProperty("allow_direct", out JsonElement direct) && direct.ValueKind == JsonValueKind.True,
            MaxMessages = Signed(config, "max_msgs"),
            MaxBytes = Signed(config, "max_bytes"),
            MaxAgeNanoseconds = Signed(config, "max_age"),
            DedupWindowNanoseconds = Signed(config, "duplicate_window"),
            Messages = Unsigned(state, "messages"),
            Bytes = Unsigned(state, "bytes"),
            FirstSequence = Unsigned(state, "first_seq"),
            LastSequence = Unsigned(state, "last_seq"),
            Deleted = Unsigned(state, "num_deleted"),
        };
    }

    /// <summary>Whether a message to a subject lands in the stream.</summary>
    public bool Takes(string subject) => Subjects.Any(pattern => Matches(pattern, subject));

    /// <summary>How the stream differs from what the options ask for; empty when it does not.</summary>
    public IEnumerable<string> DifferencesFrom(JetStreamAdapterOptions options)
    {
        if (Limit(MaxMessages) != Limit(options.MaxMessages ?? 0))
            yield return $"max_msgs {MaxMessages} instead of {options.MaxMessages ?? 0}";
        if (Limit(MaxBytes) != Limit(options.MaxBytes ?? 0))
            yield return $"max_bytes {MaxBytes} instead of {options.MaxBytes ?? 0}";
        if (MaxAgeNanoseconds != StreamRequest.Nanoseconds(options.MaxAge ?? TimeSpan.Zero))
            yield return $"max_age {MaxAgeNanoseconds} ns instead of {StreamRequest.Nanoseconds(options.MaxAge ?? TimeSpan.Zero)} ns";
        if (DedupWindowNanoseconds != StreamRequest.Nanoseconds(StreamRequest.DedupWindow(options)))
            yield return $"duplicate_window {DedupWindowNanoseconds} ns instead of {StreamRequest.Nanoseconds(StreamRequest.DedupWindow(options))} ns";
    }

    // The server writes "no limit" as -1 and takes 0 for it.
    private static long Limit(long value) => value <= 0 ? 0 : value;

    private static bool Matches(string pattern, string subject)
    {
        string[] expected = pattern.Split('.'), actual = subject.Split('.');
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i] == ">")
                return actual.Length > i;
            if (i >= actual.Length || (expected[i] != "*" && expected[i] != actual[i]))
                return false;
        }
        return expected.Length == actual.Length;
    }

    private static long Signed(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.TryGetInt64(out long number) ? number : 0;

    private static ulong Unsigned(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.TryGetUInt64(out ulong number) ? number : 0;
}
