using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Codecs;

/// <summary>A codec whose type is known only at run time.</summary>
internal interface IPostcardCodec
{
    void WriteObject(ref PostcardWriter writer, object? value);

    bool TryReadObject(ref PostcardReader reader, out object? value);
}
