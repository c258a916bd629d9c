using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Capabilities;

public sealed partial class Predicate
{
    /// <summary>Writes the JSON that travels (spec 04 §13.2). Equal predicates have equal bytes.</summary>
    public void WriteJson(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        PredicateJsonWriter.Write(output, this);
    }

    /// <summary>The JSON that travels, in UTF-8.</summary>
    public byte[] ToJsonUtf8()
    {
        var output = new ArrayBufferWriter<byte>(NodeCount * 80 + 32);
        WriteJson(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads the JSON that travels, and says what is wrong with what is none. Never throws, whatever the bytes are.</summary>
    public static bool TryFromJson(ReadOnlySpan<byte> json, [NotNullWhen(true)] out Predicate? predicate, out PredicateWireError error)
    {
        error = PredicateJsonReader.Read(json, out predicate);
        return predicate is not null;
    }

    /// <summary>Reads the JSON that travels.</summary>
    /// <exception cref="FormatException">The bytes are none.</exception>
    public static Predicate FromJson(ReadOnlySpan<byte> json) => TryFromJson(json, out Predicate? predicate, out PredicateWireError error)
        ? predicate
        : throw new FormatException($"These {json.Length} bytes are no predicate: {error}.");
}
