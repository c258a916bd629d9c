using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Net.Mesh.Subnets;

/// <summary>
/// The form in which every binding of Net reads a policy:
/// <c>{"rules":[{"tag_prefix":"region:","level":0,"values":{"us":3}}]}</c> (spec 03 §8.2).
/// </summary>
public static class SubnetPolicyJson
{
    /// <summary>Reads a policy.</summary>
    /// <exception cref="SubnetException">It is none; the message says why.</exception>
    public static SubnetPolicy Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return TryParse(json, out SubnetPolicy? policy, out SubnetError error)
            ? policy
            : throw new SubnetException(error, $"The text is no policy of subnets ({error}). It has the form {{\"rules\":[{{\"tag_prefix\":\"region:\",\"level\":0,\"values\":{{\"us\":3}}}}]}}, with levels 0 to 3 and values 1 to 255.");
    }

    /// <summary>Reads a policy, or says what is wrong with it.</summary>
    public static bool TryParse(string? json, [NotNullWhen(true)] out SubnetPolicy? policy, out SubnetError error)
    {
        policy = null;
        error = SubnetError.ParseFailed;
        if (json is null)
            return false;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("rules", out JsonElement rules) || rules.ValueKind != JsonValueKind.Array)
                return false;
            var read = new SubnetPolicy();
            foreach (JsonElement rule in rules.EnumerateArray())
            {
                if (!TryAdd(read, rule, out error))
                    return false;
            }
            policy = read;
            error = SubnetError.None;
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for half a surrogate
        {
            return false;
        }
    }

    /// <summary>Writes a policy.</summary>
    public static string Write(SubnetPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteStartArray("rules");
            foreach (SubnetRule rule in policy.Rules)
            {
                json.WriteStartObject();
                json.WriteString("tag_prefix", rule.TagPrefix);
                json.WriteNumber("level", rule.Level);
                json.WriteStartObject("values");
                foreach ((string rest, byte value) in rule.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                    json.WriteNumber(rest, value);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static bool TryAdd(SubnetPolicy policy, JsonElement rule, out SubnetError error)
    {
        error = SubnetError.ParseFailed;
        if (rule.ValueKind != JsonValueKind.Object
            || !rule.TryGetProperty("tag_prefix", out JsonElement prefix) || prefix.ValueKind != JsonValueKind.String
            || !rule.TryGetProperty("level", out JsonElement level) || level.ValueKind != JsonValueKind.Number
            || !rule.TryGetProperty("values", out JsonElement values) || values.ValueKind != JsonValueKind.Object)
            return false;
        var map = new List<(string, byte)>();
        foreach (JsonProperty value in values.EnumerateObject())
        {
            if (value.Value.ValueKind != JsonValueKind.Number || !value.Value.TryGetByte(out byte number))
                return false;
            map.Add((value.Name, number));
        }
        return policy.TryMap(prefix.GetString()!, level.TryGetInt32(out int index) ? index : -1, [.. map], out error);
    }
}
