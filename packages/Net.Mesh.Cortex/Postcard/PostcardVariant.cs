using Net.Mesh.Cortex.Codecs;

namespace Net.Mesh.Cortex;

/// <summary>One variant of an enum with fields; made by <see cref="Postcard.Variant{TBase, T}"/>.</summary>
/// <typeparam name="TBase">What the variants derive from.</typeparam>
public sealed class PostcardVariant<TBase>
{
    internal PostcardVariant(Type type, IPostcardCodec codec)
    {
        Type = type;
        Codec = codec;
    }

    /// <summary>The type that is written under this variant's index; types derived from it are not.</summary>
    public Type Type { get; }

    internal IPostcardCodec Codec { get; }
}
