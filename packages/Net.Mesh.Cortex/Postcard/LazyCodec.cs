using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Codecs;

/// <summary>A codec that is found when it is first used, so that a type may hold a list of itself.</summary>
[RequiresUnreferencedCode("Reflection.")]
[RequiresDynamicCode("Reflection.")]
internal sealed class LazyCodec<T>(ReflectedCodecs codecs) : PostcardCodec<T>
{
    private PostcardCodec<T>? _found;

    private PostcardCodec<T> Found => _found ??= codecs.Of<T>();

    public override void Write(ref PostcardWriter writer, T value) => Found.Write(ref writer, value);

    public override bool TryRead(ref PostcardReader reader, [MaybeNullWhen(false)] out T value) => Found.TryRead(ref reader, out value);
}
