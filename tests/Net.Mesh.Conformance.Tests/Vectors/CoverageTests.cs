using System.Reflection;
using System.Text.Json;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Nothing that a vector file of the event bus or of the channels holds is left without a test.</summary>
public sealed class CoverageTests
{
    /// <summary>What describes the run that made a file.</summary>
    private static readonly Dictionary<string, string[]> NotTested = new()
    {
        ["event-bus.json"] = ["about"],
        ["live/redis.json"] = ["crate", "server", "prefix", "note", "connect_note"],
        ["live/jetstream.json"] = ["crate", "server", "note"],
        ["live/bus-nonce/nonce.json"] = ["crate"],
        ["nrpc.json"] = ["about"],
        // The bits of the reference's bloom filter are its own affair; ours is exact.
        ["identity-channels.json"] = ["meta", "auth_guard_bloom_informative"],
    };

    [Theory]
    [InlineData("event-bus.json")]
    [InlineData("live/redis.json")]
    [InlineData("live/jetstream.json")]
    [InlineData("live/bus-nonce/nonce.json")]
    [InlineData("identity-channels.json")]
    [InlineData("nrpc.json")]
    public void Every_key_of_the_file_has_a_test(string file)
    {
        HashSet<string> covered = [.. NotTested[file], .. CoveredKeys(file)];
        var left = new List<string>();
        foreach (JsonProperty member in VectorFile.Load(file).EnumerateObject())
        {
            if (covered.Contains(member.Name))
                continue;
            if (member.Value.ValueKind != JsonValueKind.Object || !covered.Any(key => key.StartsWith(member.Name + "/", StringComparison.Ordinal)))
                left.Add(member.Name);
            else
                left.AddRange(member.Value.EnumerateObject().Select(inner => $"{member.Name}/{inner.Name}").Where(key => !covered.Contains(key)));
        }
        Assert.True(left.Count == 0, $"{file} holds keys without a test: {string.Join(", ", left)}");
    }

    [Fact]
    public void Tests_name_only_keys_that_exist()
    {
        foreach (string file in NotTested.Keys)
        {
            foreach (string key in CoveredKeys(file))
                VectorFile.Load(file, key.Split('/')); // throws when it is not there
        }
    }

    private static IEnumerable<string> CoveredKeys(string file) =>
        from type in typeof(CoverageTests).Assembly.GetTypes()
        from method in type.GetMethods()
        from covers in method.GetCustomAttributes<CoversAttribute>()
        where covers.File == file
        from key in covers.Keys
        select key;
}
